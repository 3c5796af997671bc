import asyncio

from events.positions import Partition
from projections.view import NOTHING_DEFERRED, Batch, Digest, digest_of
from schemas.topics import TWEETS

SECONDS = 60.0


class Remembering:
    """A view that holds nothing but how far it is."""

    name = "remembering"
    topics = (TWEETS,)
    transient = (OSError,)
    deferred = NOTHING_DEFERRED

    def __init__(self) -> None:
        self.reached: dict[Partition, int] = {}
        self.moved = asyncio.Condition()

    async def prepare(self) -> None:
        pass

    async def apply(self, batch: Batch) -> None:
        async with self.moved:
            self.reached[batch.partition] = batch.next_offset
            self.moved.notify_all()

    async def checkpoints(self) -> dict[Partition, int]:
        return dict(self.reached)

    async def digest(self) -> Digest:
        return digest_of(())

    async def drop(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def until(self, partition: Partition, offset: int) -> None:
        async with asyncio.timeout(SECONDS), self.moved:
            await self.moved.wait_for(lambda: self.reached.get(partition, 0) > offset)
