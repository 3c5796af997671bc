"""A processor that changes from one generation of its view to another."""

import asyncio
from types import SimpleNamespace
from typing import Any

from events.codec import encode
from events.log import Log
from events.positions import Partition
from projections.view import NOTHING_DEFERRED, Batch, Digest, digest_of
from schemas.events import TweetDeleted
from schemas.servers import Servers
from schemas.topics import TWEETS
from streams.dead_letters import DeadLetters
from streams.processor import Processor

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
        async with self.moved:
            await asyncio.wait_for(
                self.moved.wait_for(lambda: self.reached.get(partition, 0) > offset), SECONDS
            )


async def test_an_event_that_comes_while_the_generation_changes_goes_to_the_new_one(
    servers: Servers, log: Log
) -> None:
    async def nothing(*_: Any) -> None:
        pass

    event = TweetDeleted(event_id=1, at=0, actor=1, request_id="", tweet_id=1)
    first = await log.append(event)
    old, new = Remembering(), Remembering()
    processor = Processor(old, servers.kafka, DeadLetters(log), nothing, nothing)
    processor.assign([first.partition])
    await old.until(*first)

    second = await log.append(event)
    message = SimpleNamespace(
        topic=second.partition.topic,
        partition=second.partition.number,
        offset=second.offset,
        value=encode(event),
    )
    changing = asyncio.create_task(processor.rebind(new))
    await asyncio.sleep(0)  # it has let go of the old lanes and waits for their end
    await processor.put(SimpleNamespace(message=message))
    await changing
    await new.until(*second)
    await processor.close()
