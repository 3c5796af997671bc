"""Reading the lists."""

from collections.abc import Iterable
from typing import NamedTuple

from events.positions import Partition
from projections.checkpoints import postgres as checkpoints
from projections.lists.changes import ListRow
from projections.postgres import TRANSIENT, Pool
from projections.postgres_view import schema_of
from schemas.ids import MAX_ID
from schemas.topics import LISTS

_ROW = "list_id, owner, name, description, private, deleted, members"


class Membership(NamedTuple):
    """The other end, a list or a member, and the id of the event that put the member on it."""

    id: int
    event_id: int


class Lists:
    topics = (LISTS.name,)
    transient = TRANSIENT

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

    async def owned(
        self, owner: int, *, private: bool, before: int = MAX_ID, limit: int
    ) -> dict[int, ListRow]:
        """The owner's lists with ids lower than `before`, newest first; private ones if wanted."""
        rows = await self._pool.fetch(
            f"SELECT {_ROW} FROM {self._schema}.lists"
            " WHERE owner = $1 AND list_id < $2 AND NOT deleted AND ($3 OR NOT private)"
            " ORDER BY list_id DESC LIMIT $4",
            owner,
            before,
            private,
            limit,
        )
        return {row[0]: ListRow(*row[1:]) for row in rows}

    async def count_owned(self, owner: int) -> int:
        found: int = await self._pool.fetchval(
            f"SELECT count(*) FROM {self._schema}.lists WHERE owner = $1 AND NOT deleted", owner
        )
        return found

    async def with_member(
        self, member: int, *, viewer: int, before: int = MAX_ID, limit: int
    ) -> list[Membership]:
        """The lists that the member is on and the viewer may see, the newest membership first."""
        rows = await self._pool.fetch(
            f"SELECT list_id, event_id FROM {self._schema}.members"
            f" JOIN {self._schema}.lists USING (list_id)"
            " WHERE member = $1 AND event_id < $2 AND (owner = $3 OR NOT private)"
            " ORDER BY event_id DESC LIMIT $4",
            member,
            before,
            viewer,
            limit,
        )
        return [Membership(row[0], row[1]) for row in rows]

    async def members(self, list_id: int, *, before: int = MAX_ID, limit: int) -> list[Membership]:
        """Who is on the list, the newest first."""
        rows = await self._pool.fetch(
            f"SELECT member, event_id FROM {self._schema}.members"
            " WHERE list_id = $1 AND event_id < $2 ORDER BY event_id DESC LIMIT $3",
            list_id,
            before,
            limit,
        )
        return [Membership(row[0], row[1]) for row in rows]

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
