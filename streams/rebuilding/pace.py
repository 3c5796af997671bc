"""How much of the machine a rebuild may take."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

from events.positions import Partition
from streams.turns import Bulk, Turns

SMALL_BATCH = 100
"""Records that are applied between two rests: some ten milliseconds of work."""

NICE = 10


class DutyCycle:
    """One batch at a time, and after each a rest, so that it works for `share` of the time."""

    records = SMALL_BATCH

    def __init__(self, share: float) -> None:
        self._rest = (1 - share) / share
        self._alone = asyncio.Lock()

    @asynccontextmanager
    async def turn(self, partition: Partition, position: int) -> AsyncIterator[None]:
        async with self._alone:
            began = perf_counter()
            yield
            await asyncio.sleep((perf_counter() - began) * self._rest)


def pace(share: float) -> Turns:
    """For a share of the machine in (0, 1]. Below 1 this process also lets all others go first."""
    if share >= 1:
        return Bulk()
    os.nice(NICE)
    return DutyCycle(share)
