"""Writing the follow graph: rows, counts and checkpoint in one transaction."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from events.positions import Partition
from projections.postgres import (
    CHECKPOINTS_TABLE,
    TRANSIENT,
    Connection,
    Pool,
    advance_checkpoint,
    behind,
    checkpoints,
    lock_checkpoint,
)
from projections.view import Batch, Digest, digest_of
from schemas.events import Event, UserFollowed, UserUnfollowed
from schemas.sql import GRAPH
from schemas.topics import GRAPH as GRAPH_TOPIC

Edge = tuple[int, int]
"""Follower and followee."""


def schema_of(generation: int) -> str:
    return f"graph_g{generation}"


class GraphView:
    name = "graph"
    topics = (GRAPH_TOPIC,)
    transient = TRANSIENT

    def __init__(self, pool: Pool, generation: int) -> None:
        self._pool = pool
        self._schema = schema_of(generation)

    async def prepare(self) -> None:
        async with self._alone() as connection:
            await connection.execute(GRAPH.format(schema=self._schema))
            await connection.execute(CHECKPOINTS_TABLE.format(schema=self._schema))

    async def apply(self, batch: Batch) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            stored = await lock_checkpoint(connection, self._schema, batch.partition)
            behind(batch.partition, stored, batch.start)
            if batch.next_offset <= stored:
                return
            ended, begun = fold(event for offset, event in batch.events if offset >= stored)
            removed = await self._remove(connection, ended)
            added = await self._add(connection, begun)
            await self._count(connection, added, removed)
            await advance_checkpoint(connection, self._schema, batch.partition, batch.next_offset)

    async def checkpoints(self) -> dict[Partition, int]:
        return await checkpoints(self._pool, self._schema)

    async def digest(self) -> Digest:
        rows = await self._pool.fetch(
            f"SELECT format('%s %s %s', follower, followee, event_id) FROM {self._schema}.follows"
            f" UNION ALL SELECT format('count %s %s %s', user_id, followers, following)"
            f" FROM {self._schema}.counts WHERE followers <> 0 OR following <> 0"
        )
        return digest_of(row[0].encode() for row in rows)

    async def drop(self) -> None:
        async with self._alone() as connection:
            await connection.execute(f"DROP SCHEMA IF EXISTS {self._schema} CASCADE")

    async def close(self) -> None:
        pass

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[Connection]:
        """A transaction in which nobody else creates or drops: the catalogue does not stand two.

        The lock is taken before it begins, so that it sees what the last one did.
        """
        async with self._pool.acquire() as connection:
            await connection.execute("SELECT pg_advisory_lock(hashtext($1))", self._schema)
            try:
                async with connection.transaction():
                    yield connection
            finally:
                await connection.execute("SELECT pg_advisory_unlock(hashtext($1))", self._schema)

    async def _remove(self, connection: Connection, edges: Iterable[Edge]) -> list[Edge]:
        followers, followees = _columns(edges)
        rows = await connection.fetch(
            f"DELETE FROM {self._schema}.follows"
            " USING unnest($1::bigint[], $2::bigint[]) AS ended (follower, followee)"
            " WHERE follows.follower = ended.follower AND follows.followee = ended.followee"
            " RETURNING follows.follower, follows.followee",
            followers,
            followees,
        )
        return [(row[0], row[1]) for row in rows]

    async def _add(self, connection: Connection, edges: dict[Edge, int]) -> list[Edge]:
        followers, followees = _columns(edges)
        rows = await connection.fetch(
            f"INSERT INTO {self._schema}.follows"
            " SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[])"
            " ON CONFLICT DO NOTHING RETURNING follower, followee",
            followers,
            followees,
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


def fold(events: Iterable[Event]) -> tuple[set[Edge], dict[Edge, int]]:
    """What a run of events ends, and then begins (with the id of the follow)."""
    ended: set[Edge] = set()
    begun: dict[Edge, int] = {}
    for event in events:
        match event:
            case UserFollowed(actor=follower, target=followee):
                begun.setdefault((follower, followee), event.event_id)
            case UserUnfollowed(actor=follower, target=followee):
                ended.add((follower, followee))
                begun.pop((follower, followee), None)
            case _:
                pass
    return ended, begun


def _columns(edges: Iterable[Edge]) -> tuple[list[int], list[int]]:
    pairs = list(edges)
    return [follower for follower, _ in pairs], [followee for _, followee in pairs]
