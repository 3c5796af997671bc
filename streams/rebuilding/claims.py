"""Who fills which partition: advisory locks, which fall with the connection of who holds them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from events.positions import Partition
from projections.postgres import Connection, Pool
from streams.rebuilding.builds import Build

LOOK_SECONDS = 0.25
_HERE, _LEAD, _BEGIN = "here", "lead", "begin"


class Alone:
    """Nobody else fills this view."""

    async def sharers(self) -> int:
        return 1

    async def take(self, partition: Partition) -> bool:
        return True

    async def leave(self, partition: Partition) -> None:
        pass


class Claims:
    """What this process holds of one build. One connection, for one caller at a time."""

    def __init__(self, connection: Connection, build: Build) -> None:
        self._connection = connection
        self._space = f"{build.view} g{build.generation}"
        self._turn = asyncio.Lock()

    async def sharers(self) -> int:
        """The processes that take part, this one among them."""
        async with self._turn:
            found = await self._connection.fetchval(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                " AND classid = hashtext($1)::oid AND objid = hashtext($2)::oid"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                self._space,
                _HERE,
            )
        return max(1, int(found))

    async def take(self, partition: Partition) -> bool:
        """Whether it is ours: nobody else had it."""
        return await self._try(str(partition))

    async def leave(self, partition: Partition) -> None:
        async with self._turn:
            await self._connection.execute(
                "SELECT pg_advisory_unlock(hashtext($1), hashtext($2))", self._space, str(partition)
            )

    async def lead(self) -> bool:
        """Whether this process is the one to compare and switch, from now on."""
        return await self._try(_LEAD)

    async def come(self) -> None:
        async with self._turn:
            await self._connection.execute(
                "SELECT pg_advisory_lock_shared(hashtext($1), hashtext($2))", self._space, _HERE
            )

    async def _try(self, name: str) -> bool:
        async with self._turn:
            return bool(
                await self._connection.fetchval(
                    "SELECT pg_try_advisory_lock(hashtext($1), hashtext($2))", self._space, name
                )
            )


@asynccontextmanager
async def alone_with(pool: Pool, view: str) -> AsyncIterator[Connection]:
    """Waits until nobody else begins or removes something of the view, and keeps others waiting.

    What is locked is unlocked when the connection goes back to the pool, or is lost.
    """
    lock = "SELECT pg_try_advisory_lock(hashtext($1), hashtext($2))"
    async with pool.acquire() as connection:
        while not await connection.fetchval(lock, view, _BEGIN):
            await asyncio.sleep(LOOK_SECONDS)
        yield connection


@asynccontextmanager
async def sharing(pool: Pool, build: Build) -> AsyncIterator[Claims]:
    """Takes part in the build within the block."""
    async with pool.acquire() as connection:
        claims = Claims(connection, build)
        await claims.come()
        yield claims
