"""When a feed may apply a batch."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from events.positions import Partition


class Turns(Protocol):
    """`records` are read at most for one turn, where the log is read in bulk."""

    @property
    def records(self) -> int: ...

    def turn(self, partition: Partition, position: int) -> AbstractAsyncContextManager[None]:
        """To be in while a batch that begins at `position` is applied."""


RECORDS = 2_000
"""What is asked of a store for a batch, beside what is written, is asked half as often as with
1,000. Of 4,000, each of four partitions takes so long that its batches come one after the other."""

BULK_RECORDS = 10_000
"""Nobody waits for what is built, so its batches are larger, and what many events of one change,
such as a count, or a tweet and its edits, is written once for all of them."""

BULKS_AT_ONCE = 4
"""Enough to keep a store busy. With a batch of each partition at once, each takes as long as all of
them, and Elasticsearch ran out of memory."""


class AtOnce:
    """Always."""

    records = RECORDS

    @asynccontextmanager
    async def turn(self, partition: Partition, position: int) -> AsyncIterator[None]:
        yield


class Bulk:
    """Few at a time and much at once, of all partitions that share it."""

    records = BULK_RECORDS

    def __init__(self) -> None:
        self._few = asyncio.Semaphore(BULKS_AT_ONCE)

    @asynccontextmanager
    async def turn(self, partition: Partition, position: int) -> AsyncIterator[None]:
        async with self._few:
            yield


class Gate:
    """Any time, but while a view is held: then until its partitions are where they shall stay.

    A batch that begins before that place may end behind it.
    """

    records = RECORDS

    def __init__(self) -> None:
        self._place: Mapping[Partition, int] = {}
        self._until = 0.0
        self._changed = asyncio.Event()

    def hold(self, place: Mapping[Partition, int], seconds: float) -> None:
        self._place = place
        self._until = asyncio.get_running_loop().time() + seconds
        self._tell()

    def open(self) -> None:
        if self._until:
            self._until = 0.0
            self._tell()

    def _tell(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    @asynccontextmanager
    async def turn(self, partition: Partition, position: int) -> AsyncIterator[None]:
        now = asyncio.get_running_loop().time
        while position >= self._place.get(partition, 0) and (left := self._until - now()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._changed.wait()
            except TimeoutError:
                break  # it was not renewed
        yield
