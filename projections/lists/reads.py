"""Reading the lists."""

from collections.abc import Iterable
from typing import NamedTuple

from events.positions import Partition
from projections.checkpoints import postgres as checkpoints
from projections.lists.state import Kind, ListRow
from projections.postgres import Pool
from projections.postgres_view import schema_of
from schemas.ids import MAX_ID
from schemas.topics import LISTS

_ROW = "list_id, owner, name, description, private, deleted, members, followers"


class Look(NamedTuple):
    """So many of those below a place, newest first, or `newer`: above it, oldest first."""

    limit: int
    place: int = MAX_ID
    newer: bool = False


class Membership(NamedTuple):
    """The other end, a list or a user, and the id of the event that made it so."""

    id: int
    event_id: int


class Lists:
    topics = (LISTS.name,)

    def __init__(self, pool: Pool, generation: int) -> None:
        self._pool = pool
        self._schema = schema_of("lists", generation)

    async def find(self, list_ids: Iterable[int]) -> dict[int, ListRow]:
        """By id, those that are not deleted."""
        rows = await self._pool.fetch(
            f"SELECT {_ROW} FROM {self._schema}.lists WHERE list_id = ANY($1) AND NOT deleted",
            list(list_ids),
        )
        return {row[0]: ListRow(*row[1:]) for row in rows}

    async def owned(self, owner: int, look: Look, *, private: bool) -> list[Membership]:
        """The owner's lists, in the order in which they were made; private ones if wanted."""
        rows = "list_id, list_id FROM {schema}.lists WHERE owner = $1 AND NOT deleted"
        return await self._page(f"{rows} AND ($2 OR NOT private)", "list_id", look, owner, private)

    async def count_owned(self, owner: int) -> int:
        found: int = await self._pool.fetchval(
            f"SELECT count(*) FROM {self._schema}.lists WHERE owner = $1 AND NOT deleted", owner
        )
        return found

    async def with_member(self, member: int, look: Look, *, viewer: int) -> list[Membership]:
        """The lists that the member is on and the viewer may see."""
        rows = (
            "list_id, event_id FROM {schema}.members JOIN {schema}.lists USING (list_id)"
            " WHERE member = $1 AND (owner = $2 OR NOT private)"
        )
        return await self._page(rows, "event_id", look, member, viewer)

    async def chosen(self, user: int, kind: Kind, look: Look, *, viewer: int) -> list[Membership]:
        """The lists that the user follows, or has pinned, and the viewer may see."""
        rows = (
            "list_id, event_id FROM {schema}.choices JOIN {schema}.lists USING (list_id)"
            " WHERE user_id = $1 AND kind = $2 AND (owner = $3 OR NOT private)"
        )
        return await self._page(rows, "event_id", look, user, kind, viewer)

    async def members(self, list_id: int, look: Look) -> list[Membership]:
        """Who is on the list."""
        rows = "member, event_id FROM {schema}.members WHERE list_id = $1"
        return await self._page(rows, "event_id", look, list_id)

    async def followers(self, list_id: int, look: Look) -> list[Membership]:
        """Who follows the list."""
        rows = "user_id, event_id FROM {schema}.choices WHERE list_id = $1 AND kind = 'follow'"
        return await self._page(rows, "event_id", look, list_id)

    async def all_members(self, list_id: int) -> list[int]:
        found: list[int] = await self._pool.fetchval(
            f"SELECT ARRAY(SELECT member FROM {self._schema}.members WHERE list_id = $1)", list_id
        )
        return found

    async def listed_counts(self, users: Iterable[int]) -> dict[int, int]:
        """On how many lists that everybody may see; a user on none may be missing."""
        rows = await self._pool.fetch(
            f"SELECT user_id, lists FROM {self._schema}.listed WHERE user_id = ANY($1)",
            list(users),
        )
        return {row[0]: row[1] for row in rows}

    async def checkpoints(self) -> dict[Partition, int]:
        return await checkpoints.stored(self._pool, self._schema)

    async def _page(self, rows: str, key: str, look: Look, *arguments: object) -> list[Membership]:
        """Those of the `rows` that are looked for, in the order of the `key`."""
        beyond, order = (">", "ASC") if look.newer else ("<", "DESC")
        count = len(arguments)
        found = await self._pool.fetch(
            f"SELECT {rows.format(schema=self._schema)} AND {key} {beyond} ${count + 1}"
            f" ORDER BY {key} {order} LIMIT ${count + 2}",
            *arguments,
            look.place,
            look.limit,
        )
        return [Membership(row[0], row[1]) for row in found]
