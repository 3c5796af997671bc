"""Reading the follow graph."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple

from events.positions import Partition
from projections.checkpoints import postgres as checkpoints
from projections.graph.pages import Pages
from projections.graph.relations import Edge
from projections.postgres import TRANSIENT, Connection, Pool, looked_up, one_moment
from schemas.topics import GRAPH


class Counts(NamedTuple):
    followers: int = 0
    following: int = 0


class Silenced(NamedTuple):
    """Whom a user does not want to hear, and who does not want to be heard by the user."""

    muted: frozenset[int]
    blocked: frozenset[int]
    blocked_by: frozenset[int]


class GraphBehind(Exception):
    """The graph view has not got as far as it must, or has lost what it had."""


class Graph(Pages):
    topics = (GRAPH.name,)
    transient: tuple[type[Exception], ...] = (*TRANSIENT, GraphBehind)

    def __init__(self, pool: Pool, generation: int, within: Connection | None = None) -> None:
        super().__init__(within or pool, generation)
        self._connections = pool
        self._generation = generation

    @asynccontextmanager
    async def at_one_moment(self) -> AsyncIterator["Graph"]:
        """The graph, of which all that is asked is as of the same moment."""
        async with one_moment(self._connections) as connection:
            yield Graph(self._connections, self._generation, connection)

    async def lacks(self, needed: Mapping[Partition, int]) -> list[Partition]:
        """Partitions of which it does not hold everything before the offset in `needed`."""
        stands = await self.checkpoints() if needed else {}
        return [partition for partition, end in needed.items() if stands.get(partition, 0) < end]

    async def require(self, needed: Mapping[Partition, int]) -> None:
        """Raises `GraphBehind` unless it holds everything before these offsets."""
        for partition in await self.lacks(needed):
            raise GraphBehind(f"{partition} has not reached {needed[partition]}")

    async def edges(self, pairs: Iterable[Edge]) -> set[Edge]:
        """Those of the pairs (follower, followee) between which there is a follow."""
        asked = list(pairs)
        rows = await self._pool.fetch(
            looked_up(
                ("a bigint", "b bigint"),
                f"SELECT follower, followee FROM {self._schema}.follows"
                " WHERE follower = a AND followee = b",
            ),
            [follower for follower, _ in asked],
            [followee for _, followee in asked],
        )
        return {(row[0], row[1]) for row in rows}

    async def silenced(self, user: int) -> Silenced:
        row = await self._pool.fetchrow(
            f"SELECT ARRAY(SELECT muted FROM {self._schema}.mutes WHERE muter = $1),"
            f" ARRAY(SELECT blocked FROM {self._schema}.blocks WHERE blocker = $1),"
            f" ARRAY(SELECT blocker FROM {self._schema}.blocks WHERE blocked = $1)",
            user,
        )
        assert row is not None, "a SELECT without FROM has one row"
        return Silenced(*(frozenset(found) for found in row))

    async def barred(
        self, viewer: int, authors: Collection[int], protected: Collection[int], *, own: bool
    ) -> set[int]:
        """Those of `authors` who have blocked the viewer, those of `protected` whom the viewer
        does not follow and, where `own` counts, those of `authors` whom the viewer has blocked."""
        rows = await self._pool.fetch(
            f"SELECT blocker FROM {self._schema}.blocks"
            " WHERE blocked = $1 AND blocker = ANY($2::bigint[])"
            f" UNION ALL SELECT blocked FROM {self._schema}.blocks"
            " WHERE $4 AND blocker = $1 AND blocked = ANY($2::bigint[])"
            " UNION ALL SELECT author FROM unnest($3::bigint[]) AS author WHERE NOT EXISTS ("
            f" SELECT FROM {self._schema}.follows WHERE follower = $1 AND followee = author)",
            viewer,
            list(authors),
            list(protected),
            own,
        )
        return {row[0] for row in rows}

    async def surroundings(self, viewer: int) -> tuple[list[int], list[int]]:
        """Those whom the viewer follows; and those who have blocked the viewer or whom the viewer
        has blocked."""
        row = await self._pool.fetchrow(
            f"SELECT ARRAY(SELECT followee FROM {self._schema}.follows WHERE follower = $1),"
            f" ARRAY(SELECT blocker FROM {self._schema}.blocks WHERE blocked = $1"
            f" UNION ALL SELECT blocked FROM {self._schema}.blocks WHERE blocker = $1)",
            viewer,
        )
        assert row is not None, "a SELECT without FROM has one row"
        return row[0], row[1]

    async def connections(self, viewer: int, users: Collection[int]) -> dict[int, set[str]]:
        """What is between the viewer and each of `users`, in X's words; none, where nothing is."""
        rows = await self._pool.fetch(
            " UNION ALL ".join(
                f"SELECT {other}, '{words}' FROM {self._schema}.{table}"
                f" WHERE {one} = $1 AND {other} = ANY($2::bigint[])"
                for words, table, one, other in _CONNECTIONS
            ),
            viewer,
            list(users),
        )
        found: dict[int, set[str]] = {}
        for user, words in rows:
            found.setdefault(user, set()).add(words)
        return found

    async def counts(self, users: Iterable[int]) -> dict[int, Counts]:
        """By user; one who neither follows nor is followed may be missing."""
        rows = await self._pool.fetch(
            f"SELECT user_id, followers, following FROM {self._schema}.counts"
            " WHERE user_id = ANY($1)",
            list(users),
        )
        return {row[0]: Counts(row[1], row[2]) for row in rows}

    async def followees(self, user: int) -> list[int]:
        found: list[int] = await self._pool.fetchval(
            f"SELECT ARRAY(SELECT followee FROM {self._schema}.follows WHERE follower = $1)", user
        )
        return found

    async def followers_of(self, users: Iterable[int]) -> dict[int, list[int]]:
        """All followers of each of `users`: only for those who have few."""
        rows = await self._pool.fetch(
            f"SELECT followee, array_agg(follower) FROM {self._schema}.follows"
            " WHERE followee = ANY($1) GROUP BY followee",
            list(users),
        )
        return {row[0]: row[1] for row in rows}

    async def follower_slice(self, user: int, *, after: int, limit: int) -> list[int]:
        """The next followers by id, for a fan-out in slices."""
        found: list[int] = await self._pool.fetchval(
            f"SELECT ARRAY(SELECT follower FROM {self._schema}.follows"
            " WHERE followee = $1 AND follower > $2 ORDER BY follower LIMIT $3)",
            user,
            after,
            limit,
        )
        return found

    async def checkpoints(self) -> dict[Partition, int]:
        return await checkpoints.stored(self._pool, self._schema)


_CONNECTIONS = (
    ("following", "follows", "follower", "followee"),
    ("followed_by", "follows", "followee", "follower"),
    ("follow_request_sent", "requests", "follower", "followee"),
    ("follow_request_received", "requests", "followee", "follower"),
    ("blocking", "blocks", "blocker", "blocked"),
    ("muting", "mutes", "muter", "muted"),
)
