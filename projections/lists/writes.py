"""Writing the lists: rows, counts and checkpoint in one transaction."""

from collections.abc import Iterable, Mapping, Sequence

from projections.lists.changes import fold, listed
from projections.lists.state import Choice, Edge, ListRow, State, touched
from projections.lists.tables import DEFINITIONS, INDEXES
from projections.met import Known
from projections.postgres import DEFINE_SECONDS, Connection, looked_up
from projections.postgres_view import PostgresView, columns
from schemas.events import Event
from schemas.topics import LISTS as LISTS_TOPIC


class ListsView(PostgresView):
    name = "lists"
    topics = (LISTS_TOPIC,)
    tables = DEFINITIONS
    indexes = INDEXES
    rows = (
        "SELECT l::text FROM {schema}.lists AS l"
        " UNION ALL SELECT m::text FROM {schema}.members AS m"
        " UNION ALL SELECT n::text FROM {schema}.listed AS n WHERE lists <> 0"
        " UNION ALL SELECT c::text FROM {schema}.choices AS c"
    )

    async def write(self, connection: Connection, events: Sequence[Event], known: Known) -> None:
        before = await self._before(connection, events, known)
        await self._become(connection, before, fold(before, events))

    async def _before(self, connection: Connection, events: Iterable[Event], known: Known) -> State:
        """How the lists stand that the events touch: nobody else changes them, since all that
        happens to a list is in one partition."""
        asked = touched(events)
        lists = known(asked.lists)
        return State(
            await self._lists(connection, lists),
            await self._members(connection, known(asked.members), asked.whole & lists),
            await self._choices(connection, known(asked.choices)),
        )

    async def _lists(self, connection: Connection, lists: set[int]) -> dict[int, ListRow]:
        if not lists:
            return {}
        rows = await connection.fetch(
            f"SELECT list_id, owner, name, description, private, deleted, members,"
            f" followers FROM {self._schema}.lists WHERE list_id = ANY($1)",
            list(lists),
        )
        return {row[0]: ListRow(*row[1:]) for row in rows}

    async def _members(
        self, connection: Connection, members: set[Edge], whole: set[int]
    ) -> dict[Edge, int]:
        if not members and not whole:
            return {}
        rows = await connection.fetch(
            looked_up(
                ("on_list bigint", "who bigint"),
                f"SELECT list_id, member, event_id FROM {self._schema}.members"
                " WHERE list_id = on_list AND member = who",
            )
            + f" UNION SELECT list_id, member, event_id FROM {self._schema}.members"
            " WHERE list_id = ANY($3)",
            *columns(members, 2),
            list(whole),
        )
        return {(row[0], row[1]): row[2] for row in rows}

    async def _choices(self, connection: Connection, choices: set[Choice]) -> dict[Choice, int]:
        if not choices:
            return {}
        rows = await connection.fetch(
            looked_up(
                ("on_list bigint", "how text", "who bigint"),
                f"SELECT list_id, kind, user_id, event_id FROM {self._schema}.choices"
                " WHERE list_id = on_list AND kind = how AND user_id = who",
            ),
            *columns(choices, 3),
        )
        return {Choice(*row[:3]): row[3] for row in rows}

    async def _become(self, connection: Connection, before: State, after: State) -> None:
        await self._keep_members(connection, before.members, after.members)
        await self._keep_choices(connection, before, after)
        if rows := {i: row for i, row in after.lists.items() if row != before.lists.get(i)}:
            await self._write(connection, rows)
        if counts := listed(before, after):
            await self._count(connection, counts)

    async def _keep_members(
        self, connection: Connection, old: Mapping[Edge, int], new: Mapping[Edge, int]
    ) -> None:
        if ended := [edge for edge in old if new.get(edge) != old[edge]]:
            await self._remove(connection, ended)
        if begun := {edge: new[edge] for edge in new if new[edge] != old.get(edge)}:
            await self._add(connection, begun)

    async def _keep_choices(self, connection: Connection, before: State, after: State) -> None:
        if after.emptied:
            await connection.execute(
                f"DELETE FROM {self._schema}.choices WHERE list_id = ANY($1)",
                sorted(after.emptied),
                timeout=DEFINE_SECONDS,
            )
        old = {c: i for c, i in before.choices.items() if c.list_id not in after.emptied}
        new = after.choices
        if ended := [choice for choice in old if new.get(choice) != old[choice]]:
            await connection.execute(
                f"DELETE FROM {self._schema}.choices AS kept"
                " USING unnest($1::bigint[], $2::text[], $3::bigint[])"
                " AS ended (list_id, kind, user_id) WHERE kept.list_id = ended.list_id"
                " AND kept.kind = ended.kind AND kept.user_id = ended.user_id",
                *columns(ended, 3),
            )
        if begun := [(*choice, new[choice]) for choice in new if new[choice] != old.get(choice)]:
            await connection.copy_records_to_table(
                "choices", schema_name=self._schema, records=begun
            )

    async def _remove(self, connection: Connection, edges: list[Edge]) -> None:
        await connection.execute(
            f"DELETE FROM {self._schema}.members AS kept"
            " USING unnest($1::bigint[], $2::bigint[]) AS ended (list_id, member)"
            " WHERE kept.list_id = ended.list_id AND kept.member = ended.member",
            *columns(edges, 2),
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
            " $3::text[], $4::text[], $5::bool[], $6::bool[], $7::int[], $8::int[])"
            " ON CONFLICT (list_id) DO UPDATE SET name = excluded.name,"
            " description = excluded.description, private = excluded.private,"
            " deleted = excluded.deleted, members = excluded.members,"
            " followers = excluded.followers",
            list(lists),
            [row.owner for row in rows],
            [row.name for row in rows],
            [row.description for row in rows],
            [row.private for row in rows],
            [row.deleted for row in rows],
            [row.members for row in rows],
            [row.followers for row in rows],
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
