"""The relations of one user, page by page."""

from typing import NamedTuple

from projections.graph.tables import BLOCKS, FOLLOWS, MUTES, REQUESTS, Table
from projections.postgres import Connection, Pool
from projections.postgres_view import schema_of
from schemas.ids import MAX_ID


class Follow(NamedTuple):
    """The other end of an edge, and the id of the event that began it: its place in the list."""

    user_id: int
    event_id: int


class Pages:
    def __init__(self, pool: Pool | Connection, generation: int) -> None:
        self._pool = pool
        self._schema = schema_of("graph", generation)

    async def followers(self, user: int, *, before: int = MAX_ID, limit: int) -> list[Follow]:
        """Who follows `user`, the newest follow first, those with ids lower than `before`."""
        return await self._page(FOLLOWS, "followee", user, before, limit)

    async def following(self, user: int, *, before: int = MAX_ID, limit: int) -> list[Follow]:
        return await self._page(FOLLOWS, "follower", user, before, limit)

    async def requests_to(self, user: int, *, before: int = MAX_ID, limit: int) -> list[Follow]:
        """Who asks to follow `user`."""
        return await self._page(REQUESTS, "followee", user, before, limit)

    async def requests_of(self, user: int, *, before: int = MAX_ID, limit: int) -> list[Follow]:
        """Whom `user` asks to follow."""
        return await self._page(REQUESTS, "follower", user, before, limit)

    async def blocked(self, user: int, *, before: int = MAX_ID, limit: int) -> list[Follow]:
        """Whom `user` has blocked."""
        return await self._page(BLOCKS, "blocker", user, before, limit)

    async def muted(self, user: int, *, before: int = MAX_ID, limit: int) -> list[Follow]:
        return await self._page(MUTES, "muter", user, before, limit)

    async def _page(
        self, table: Table, of: str, user: int, before: int, limit: int
    ) -> list[Follow]:
        other = table.other if of == table.one else table.one
        rows = await self._pool.fetch(
            f"SELECT {other}, event_id FROM {self._schema}.{table.name}"
            f" WHERE {of} = $1 AND event_id < $2 ORDER BY event_id DESC LIMIT $3",
            user,
            before,
            limit,
        )
        return [Follow(row[0], row[1]) for row in rows]
