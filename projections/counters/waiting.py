"""Waiting for the counters, in a view that keeps copies of them.

Who handles a mark first waits until the counters have it and then looks for its own document; who
handles a document first writes it and then looks at the counters. So whichever comes first, one of
the two sees the other.
"""

import asyncio
from typing import Protocol

from events.positions import Partition
from projections.view import Batch

POLL_SECONDS = 0.005
WAIT_SECONDS = 5.0


class CountersBehind(Exception):
    """The counters view has not got as far as these events yet."""


class Counting(Protocol):
    async def checkpoints(self) -> dict[Partition, int]: ...


async def counted(counters: Counting, batch: Batch) -> None:
    """Raises `CountersBehind` when the counters do not have the batch after `WAIT_SECONDS`."""
    deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
    while (await counters.checkpoints()).get(batch.partition, 0) < batch.next_offset:
        if asyncio.get_running_loop().time() > deadline:
            raise CountersBehind(f"{batch.partition} has not reached {batch.next_offset}")
        await asyncio.sleep(POLL_SECONDS)
