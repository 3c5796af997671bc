"""Writing the follow graph: rows, counts and checkpoint in one transaction."""

from collections import Counter
from collections.abc import Iterable

from events.positions import Partition
from projections.graph.relations import Edge, Relation, Relations, fold, touched
from projections.graph.tables import BLOCKS, FOLLOWS, MUTES, REQUESTS, TABLES, Table, schema_of
from projections.postgres import (
    CHECKPOINTS_TABLE,
    TRANSIENT,
    Connection,
    Pool,
    advance_checkpoint,
    alone,
    behind,
    checkpoints,
    lock_checkpoint,
)
from projections.view import Batch, Digest, digest_of
from schemas.events import Event
from schemas.sql import GRAPH
from schemas.topics import GRAPH as GRAPH_TOPIC


class GraphView:
    name = "graph"
    topics = (GRAPH_TOPIC,)
    transient = TRANSIENT

    def __init__(self, pool: Pool, generation: int) -> None:
        self._pool = pool
        self._schema = schema_of(generation)

    async def prepare(self) -> None:
        async with alone(self._pool, self._schema) as connection:
            await connection.execute(GRAPH.format(schema=self._schema))
            await connection.execute(CHECKPOINTS_TABLE.format(schema=self._schema))

    async def apply(self, batch: Batch) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            stored = await lock_checkpoint(connection, self._schema, batch.partition)
            behind(batch.partition, stored, batch.start)
            if batch.next_offset <= stored:
                return
            events = [event for offset, event in batch.events if offset >= stored]
            before = await self._before(connection, events)
            await self._become(connection, before, fold(before, events))
            await advance_checkpoint(connection, self._schema, batch.partition, batch.next_offset)

    async def checkpoints(self) -> dict[Partition, int]:
        return await checkpoints(self._pool, self._schema)

    async def digest(self) -> Digest:
        edges = (
            f"SELECT format('{table.name} %s %s %s', {table.one}, {table.other}, event_id)"
            f" FROM {self._schema}.{table.name}"
            for table in TABLES
        )
        rows = await self._pool.fetch(
            f"{' UNION ALL '.join(edges)}"
            f" UNION ALL SELECT format('count %s %s %s', user_id, followers, following)"
            f" FROM {self._schema}.counts WHERE followers <> 0 OR following <> 0"
        )
        return digest_of(row[0].encode() for row in rows)

    async def drop(self) -> None:
        async with alone(self._pool, self._schema) as connection:
            await connection.execute(f"DROP SCHEMA IF EXISTS {self._schema} CASCADE")

    async def close(self) -> None:
        pass

    async def _before(self, connection: Connection, events: Iterable[Event]) -> Relations:
        """How the edges stand that the events touch: nobody else changes them, since all that
        happens to an edge is in one partition."""
        edges = touched(events)
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
            f"SELECT {table.one}, {table.other}, event_id FROM {self._schema}.{table.name}"
            f" JOIN unnest($1::bigint[], $2::bigint[]) AS asked ({table.one}, {table.other})"
            f" USING ({table.one}, {table.other})",
            *_columns(edges),
        )
        return {(row[0], row[1]): row[2] for row in rows}

    async def _become(self, connection: Connection, before: Relations, after: Relations) -> None:
        for table, old, new in zip(TABLES, before, after, strict=True):
            ended = [edge for edge, event_id in old.items() if new.get(edge) != event_id]
            begun = {edge: new[edge] for edge in new if new[edge] != old.get(edge)}
            removed = await self._remove(connection, table, ended) if ended else []
            added = await self._add(connection, table, begun) if begun else []
            if table is FOLLOWS and (added or removed):
                await self._count(connection, added, removed)

    async def _remove(
        self, connection: Connection, table: Table, edges: Iterable[Edge]
    ) -> list[Edge]:
        rows = await connection.fetch(
            f"DELETE FROM {self._schema}.{table.name} AS kept"
            f" USING unnest($1::bigint[], $2::bigint[]) AS ended ({table.one}, {table.other})"
            f" WHERE kept.{table.one} = ended.{table.one}"
            f" AND kept.{table.other} = ended.{table.other}"
            f" RETURNING kept.{table.one}, kept.{table.other}",
            *_columns(edges),
        )
        return [(row[0], row[1]) for row in rows]

    async def _add(self, connection: Connection, table: Table, edges: Relation) -> list[Edge]:
        rows = await connection.fetch(
            f"INSERT INTO {self._schema}.{table.name}"
            " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])"
            f" ON CONFLICT DO NOTHING RETURNING {table.one}, {table.other}",
            *_columns(edges),
            list(edges.values()),
        )
        return [(row[0], row[1]) for row in rows]

    async def _count(self, connection: Connection, added: list[Edge], removed: list[Edge]) -> None:
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


def _columns(edges: Iterable[Edge]) -> tuple[list[int], list[int]]:
    pairs = list(edges)
    return [one for one, _ in pairs], [other for _, other in pairs]
