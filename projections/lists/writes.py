"""Writing the lists: rows, counts and checkpoint in one transaction."""

from collections.abc import Iterable, Mapping, Sequence

from projections.lists.changes import Edge, ListRow, State, fold, listed, touched
from projections.postgres import Connection, looked_up
from projections.postgres_view import PostgresView
from schemas.events import Event
from schemas.sql import LISTS, LISTS_INDEXES
from schemas.topics import LISTS as LISTS_TOPIC


class ListsView(PostgresView):
    name = "lists"
    topics = (LISTS_TOPIC,)
    tables = LISTS
    indexes = LISTS_INDEXES
    rows = (
        "SELECT l::text FROM {schema}.lists AS l"
        " UNION ALL SELECT m::text FROM {schema}.members AS m"
        " UNION ALL SELECT n::text FROM {schema}.listed AS n WHERE lists <> 0"
    )

    async def write(self, connection: Connection, events: Sequence[Event]) -> None:
        before = await self._before(connection, events)
        await self._become(connection, before, fold(before, events))

    async def _before(self, connection: Connection, events: Iterable[Event]) -> State:
        """How the lists stand that the events touch: nobody else changes them, since all that
        happens to a list is in one partition."""
        known = touched(events)
        lists = await connection.fetch(
            f"SELECT list_id, owner, name, description, private, deleted, members"
            f" FROM {self._schema}.lists WHERE list_id = ANY($1)",
            list(known.lists),
        )
        members = await connection.fetch(
            looked_up(
                ("on_list bigint", "who bigint"),
                f"SELECT list_id, member, event_id FROM {self._schema}.members"
                " WHERE list_id = on_list AND member = who",
            )
            + f" UNION SELECT list_id, member, event_id FROM {self._schema}.members"
            " WHERE list_id = ANY($3)",
            *_columns(known.members),
            list(known.whole),
        )
        return State(
            {row[0]: ListRow(*row[1:]) for row in lists},
            {(row[0], row[1]): row[2] for row in members},
        )

    async def _become(self, connection: Connection, before: State, after: State) -> None:
        old, new = before.members, after.members
        if ended := [edge for edge in old if new.get(edge) != old[edge]]:
            await self._remove(connection, ended)
        if begun := {edge: new[edge] for edge in new if new[edge] != old.get(edge)}:
            await self._add(connection, begun)
        if rows := {i: row for i, row in after.lists.items() if row != before.lists.get(i)}:
            await self._write(connection, rows)
        if counts := listed(before, after):
            await self._count(connection, counts)

    async def _remove(self, connection: Connection, edges: list[Edge]) -> None:
        await connection.execute(
            f"DELETE FROM {self._schema}.members AS kept"
            " USING unnest($1::bigint[], $2::bigint[]) AS ended (list_id, member)"
            " WHERE kept.list_id = ended.list_id AND kept.member = ended.member",
            *_columns(edges),
        )

    async def _add(self, connection: Connection, edges: Mapping[Edge, int]) -> None:
        await connection.copy_records_to_table(
            "members",
            schema_name=self._schema,
            records=[(*edge, event_id) for edge, event_id in edges.items()],
        )

    async def _write(self, connection: Connection, lists: Mapping[int, ListRow]) -> None:
        rows = list(lists.values())
        await connection.execute(
            f"INSERT INTO {self._schema}.lists SELECT * FROM unnest($1::bigint[], $2::bigint[],"
            " $3::text[], $4::text[], $5::bool[], $6::bool[], $7::int[])"
            " ON CONFLICT (list_id) DO UPDATE SET name = excluded.name,"
            " description = excluded.description, private = excluded.private,"
            " deleted = excluded.deleted, members = excluded.members",
            list(lists),
            [row.owner for row in rows],
            [row.name for row in rows],
            [row.description for row in rows],
            [row.private for row in rows],
            [row.deleted for row in rows],
            [row.members for row in rows],
        )

    async def _count(self, connection: Connection, changes: Mapping[int, int]) -> None:
        """`changes` by user in ascending order: one order, so no deadlock."""
        await connection.execute(
            f"INSERT INTO {self._schema}.listed AS c"
            " SELECT * FROM unnest($1::bigint[], $2::int[])"
            " ON CONFLICT (user_id) DO UPDATE SET lists = c.lists + excluded.lists",
            list(changes),
            list(changes.values()),
        )


def _columns(edges: Iterable[Edge]) -> tuple[list[int], list[int]]:
    pairs = list(edges)
    return [one for one, _ in pairs], [other for _, other in pairs]
