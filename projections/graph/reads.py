"""Reading the follow graph."""

from collections.abc import Iterable
from typing import NamedTuple

from events.positions import Partition
from projections.graph.writes import schema_of
from projections.postgres import TRANSIENT, Pool, checkpoints
from schemas.ids import MAX_ID
from schemas.topics import GRAPH


class Follow(NamedTuple):
    """The other end of an edge, and the follow's own id: its place in the list."""

    user_id: int
    event_id: int


class Counts(NamedTuple):
    followers: int = 0
    following: int = 0


class Graph:
    topics = (GRAPH.name,)
    transient = TRANSIENT

    def __init__(self, pool: Pool, generation: int) -> None:
        self._pool = pool
        self._follows = f"{schema_of(generation)}.follows"
        self._counts = f"{schema_of(generation)}.counts"
        self._schema = schema_of(generation)

    async def followers(self, user: int, *, before: int = MAX_ID, limit: int) -> list[Follow]:
        """Who follows `user`, the newest follow first, those with ids lower than `before`."""
        return await self._page("followee", "follower", user, before, limit)

    async def following(self, user: int, *, before: int = MAX_ID, limit: int) -> list[Follow]:
        return await self._page("follower", "followee", user, before, limit)

    async def _page(self, of: str, other: str, user: int, before: int, limit: int) -> list[Follow]:
        rows = await self._pool.fetch(
            f"SELECT {other}, event_id FROM {self._follows} WHERE {of} = $1 AND event_id < $2"
            " ORDER BY event_id DESC LIMIT $3",
            user,
            before,
            limit,
        )
        return [Follow(row[0], row[1]) for row in rows]

    async def counts(self, users: Iterable[int]) -> dict[int, Counts]:
        """By user; one who neither follows nor is followed may be missing."""
        rows = await self._pool.fetch(
            f"SELECT user_id, followers, following FROM {self._counts} WHERE user_id = ANY($1)",
            list(users),
        )
        return {row[0]: Counts(row[1], row[2]) for row in rows}

    async def followees(self, user: int) -> list[int]:
        found: list[int] = await self._pool.fetchval(
            f"SELECT ARRAY(SELECT followee FROM {self._follows} WHERE follower = $1)", user
        )
        return found

    async def followers_of(self, users: Iterable[int]) -> dict[int, list[int]]:
        """All followers of each of `users`: only for those who have few."""
        rows = await self._pool.fetch(
            f"SELECT followee, array_agg(follower) FROM {self._follows}"
            " WHERE followee = ANY($1) GROUP BY followee",
            list(users),
        )
        return {row[0]: row[1] for row in rows}

    async def follower_slice(self, user: int, *, after: int, limit: int) -> list[int]:
        """The next followers by id, for a fan-out in slices."""
        found: list[int] = await self._pool.fetchval(
            f"SELECT ARRAY(SELECT follower FROM {self._follows}"
            " WHERE followee = $1 AND follower > $2 ORDER BY follower LIMIT $3)",
            user,
            after,
            limit,
        )
        return found

    async def checkpoints(self) -> dict[Partition, int]:
        return await checkpoints(self._pool, self._schema)
