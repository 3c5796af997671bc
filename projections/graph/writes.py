"""Writing the follow graph: rows, counts and checkpoint in one transaction."""

from collections import Counter
from collections.abc import Iterable, Sequence

from projections.graph.relations import Edge, Relation, Relations, Touched, fold, touched
from projections.graph.tables import (
    BLOCKS,
    DEFINITIONS,
    FOLLOWS,
    INDEXES,
    MUTES,
    REQUESTS,
    TABLES,
    Table,
)
from projections.met import Known
from projections.postgres import Connection, looked_up
from projections.postgres_view import PostgresView, columns
from schemas.events import Event
from schemas.topics import GRAPH as GRAPH_TOPIC


class GraphView(PostgresView):
    name = "graph"
    topics = (GRAPH_TOPIC,)
    tables = DEFINITIONS
    indexes = INDEXES
    rows = (
        " UNION ALL ".join(
            f"SELECT format('{table.name} %s %s %s', {table.one}, {table.other}, event_id)"
            f" FROM {{schema}}.{table.name}"
            for table in TABLES
        )
        + " UNION ALL SELECT format('count %s %s %s', user_id, followers, following)"
        " FROM {schema}.counts WHERE followers <> 0 OR following <> 0"
    )

    async def write(self, connection: Connection, events: Sequence[Event], known: Known) -> None:
        before = await self._before(connection, events, known)
        await self._become(connection, before, fold(before, events))

    async def _before(
        self, connection: Connection, events: Iterable[Event], known: Known
    ) -> Relations:
        """How the edges stand that the events touch: nobody else changes them, since all that
        happens to an edge is in one partition."""
        edges = Touched(*map(known, touched(events)))
        return Relations(
            follows=await self._rows(connection, FOLLOWS, edges.follows),
            requests=await self._rows(connection, REQUESTS, edges.follows),
            blocks=await self._rows(connection, BLOCKS, edges.blocks),
            mutes=await self._rows(connection, MUTES, edges.mutes),
        )

    async def _rows(self, connection: Connection, table: Table, edges: set[Edge]) -> Relation:
        if not edges:
            return {}
        rows = await connection.fetch(
            looked_up(
                ("a bigint", "b bigint"),
                f"SELECT {table.one}, {table.other}, event_id FROM {self._schema}.{table.name}"
                f" WHERE {table.one} = a AND {table.other} = b",
            ),
            *columns(edges, 2),
        )
        return {(row[0], row[1]): row[2] for row in rows}

    async def _become(self, connection: Connection, before: Relations, after: Relations) -> None:
        for table, old, new in zip(TABLES, before, after, strict=True):
            ended = [edge for edge, event_id in old.items() if new.get(edge) != event_id]
            begun = {edge: new[edge] for edge in new if new[edge] != old.get(edge)}
            removed = await self._remove(connection, table, ended) if ended else []
            if begun:
                await self._add(connection, table, begun)
            if table is FOLLOWS and (begun or removed):
                await self._count(connection, begun, removed)

    async def _remove(
        self, connection: Connection, table: Table, edges: Iterable[Edge]
    ) -> list[Edge]:
        rows = await connection.fetch(
            f"DELETE FROM {self._schema}.{table.name} AS kept"
            f" USING unnest($1::bigint[], $2::bigint[]) AS ended ({table.one}, {table.other})"
            f" WHERE kept.{table.one} = ended.{table.one}"
            f" AND kept.{table.other} = ended.{table.other}"
            f" RETURNING kept.{table.one}, kept.{table.other}",
            *columns(edges, 2),
        )
        return [(row[0], row[1]) for row in rows]

    async def _add(self, connection: Connection, table: Table, edges: Relation) -> None:
        """None of them is there: it would have been read before."""
        await connection.copy_records_to_table(
            table.name,
            schema_name=self._schema,
            records=[(*edge, event_id) for edge, event_id in edges.items()],
        )

    async def _count(
        self, connection: Connection, added: Iterable[Edge], removed: Iterable[Edge]
    ) -> None:
        followers: Counter[int] = Counter(followee for _, followee in added)
        followers.subtract(followee for _, followee in removed)
        following: Counter[int] = Counter(follower for follower, _ in added)
        following.subtract(follower for follower, _ in removed)
        users = sorted(followers.keys() | following.keys())  # one order, so no deadlock
        await connection.execute(
            f"INSERT INTO {self._schema}.counts AS c"
            " SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[])"
            " ON CONFLICT (user_id) DO UPDATE SET"
            " followers = c.followers + excluded.followers,"
            " following = c.following + excluded.following",
            users,
            [followers[user] for user in users],
            [following[user] for user in users],
        )
