"""The relations of one user, page by page."""

from typing import NamedTuple, Required, TypedDict, Unpack

from projections.graph.tables import BLOCKS, FOLLOWS, MUTES, REQUESTS, Table
from projections.postgres import Connection, Pool
from projections.postgres_view import schema_of
from schemas.ids import MAX_ID


class Follow(NamedTuple):
    """The other end of an edge, and the id of the event that began it: its place in the list."""

    user_id: int
    event_id: int


class Part(TypedDict, total=False):
    """At most `limit` edges, newest first: the newest of those with ids lower than `before`, or
    with `after` the oldest of those with higher ones."""

    before: int
    after: int | None
    limit: Required[int]


class Pages:
    def __init__(self, pool: Pool | Connection, generation: int) -> None:
        self._pool = pool
        self._schema = schema_of("graph", generation)

    async def followers(self, user: int, **part: Unpack[Part]) -> list[Follow]:
        """Who follows `user`, the newest follow first."""
        return await self._page(FOLLOWS, "followee", user, **part)

    async def following(self, user: int, **part: Unpack[Part]) -> list[Follow]:
        return await self._page(FOLLOWS, "follower", user, **part)

    async def requests_to(self, user: int, **part: Unpack[Part]) -> list[Follow]:
        """Who asks to follow `user`."""
        return await self._page(REQUESTS, "followee", user, **part)

    async def requests_of(self, user: int, **part: Unpack[Part]) -> list[Follow]:
        """Whom `user` asks to follow."""
        return await self._page(REQUESTS, "follower", user, **part)

    async def blocked(self, user: int, **part: Unpack[Part]) -> list[Follow]:
        """Whom `user` has blocked."""
        return await self._page(BLOCKS, "blocker", user, **part)

    async def muted(self, user: int, **part: Unpack[Part]) -> list[Follow]:
        return await self._page(MUTES, "muter", user, **part)

    async def _page(
        self,
        table: Table,
        of: str,
        user: int,
        *,
        before: int = MAX_ID,
        after: int | None = None,
        limit: int,
    ) -> list[Follow]:
        other = table.other if of == table.one else table.one
        bound, order = ("event_id < $2", "DESC") if after is None else ("event_id > $2", "ASC")
        rows = await self._pool.fetch(
            f"SELECT {other}, event_id FROM {self._schema}.{table.name}"
            f" WHERE {of} = $1 AND {bound} ORDER BY event_id {order} LIMIT $3",
            user,
            before if after is None else after,
            limit,
        )
        found = [Follow(row[0], row[1]) for row in rows]
        return found if after is None else found[::-1]
