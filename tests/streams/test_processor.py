"""A processor that changes from one generation of its view to another, and what Faust keeps."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from events.codec import encode
from events.log import Log
from events.observer import observer
from events.positions import Partition, Position
from projections.view import Batch
from schemas.events import TweetDeleted
from schemas.servers import Servers
from schemas.topics import TWEETS
from streams import lane
from streams.dead_letters import DeadLetters
from streams.processor import Processor
from streams.worker import _prepared
from tests.streams.remembering import SECONDS, Remembering

EVENT = TweetDeleted(event_id=1, at=0, actor=1, request_id="", tweet_id=1)


class Stuck(Remembering):
    """One whose store is away."""

    async def apply(self, batch: Batch) -> None:
        await asyncio.Event().wait()


class Held(Remembering):
    """One whose store takes its time, as long as `free` is not set."""

    def __init__(self) -> None:
        super().__init__()
        self.free = asyncio.Event()
        self.free.set()
        self.prepared = 0

    async def prepare(self) -> None:
        self.prepared += 1

    async def apply(self, batch: Batch) -> None:
        await self.free.wait()
        await super().apply(batch)


class Message:
    acked = False

    def __init__(self, tp: TP, offset: int) -> None:
        self.tp, self.topic, self.offset = tp, tp.topic, offset


async def nothing(*_: Any) -> None:
    pass


def delivered(position: Position) -> SimpleNamespace:
    topic, number = position.partition
    message = SimpleNamespace(
        topic=topic, partition=number, offset=position.offset, value=encode(EVENT)
    )
    return SimpleNamespace(message=message)


async def test_an_event_that_comes_while_the_generation_changes_goes_to_the_new_one(
    servers: Servers, log: Log
) -> None:
    first = await log.append(EVENT)
    old, new = Remembering(), Remembering()
    processor = Processor(old, servers.kafka, DeadLetters(log), nothing, nothing)
    processor.assign([first.partition])
    await old.until(*first)

    second = await log.append(EVENT)
    changing = asyncio.create_task(processor.rebind(new))
    await asyncio.sleep(0)  # it has let go of the old lanes and waits for their end
    async with asyncio.timeout(SECONDS):
        await processor.put(delivered(second))
        await changing
    await new.until(*second)
    await processor.close()


async def test_who_waits_for_room_in_a_lane_goes_on_when_the_generation_changes(
    servers: Servers, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "QUEUED_EVENTS", 1)
    sought: asyncio.Queue[tuple[Partition, int]] = asyncio.Queue()

    async def seek(partition: Partition, offset: int) -> None:
        await sought.put((partition, offset))

    position = await log.append(EVENT)
    new = Remembering()
    processor = Processor(Stuck(), servers.kafka, DeadLetters(log), nothing, seek)
    processor.assign([position.partition])
    await processor.put(delivered(position))
    waiting = asyncio.create_task(processor.put(delivered(position)))
    async with asyncio.timeout(SECONDS):
        while not processor._lanes[position.partition]._queue._putters:  # type: ignore[attr-defined]
            await asyncio.sleep(0.001)
    assert not waiting.done()

    await processor.rebind(new)
    async with asyncio.timeout(SECONDS):
        await waiting
    await new.until(*position)
    async with asyncio.timeout(SECONDS):
        partition, offset = await sought.get()
    assert partition == position.partition
    assert offset > position.offset
    await processor.close()


async def test_a_loss_is_noticed_while_there_is_no_room_in_the_lane(
    servers: Servers, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who notices it looks after all views of the process."""
    monkeypatch.setattr(lane, "QUEUED_EVENTS", 1)
    first = await log.append(EVENT)
    view = Held()
    processor = Processor(view, servers.kafka, DeadLetters(log), nothing, nothing)
    processor.assign([first.partition])
    await view.until(*first)
    view.free.clear()
    second = await log.append(EVENT)
    await processor.put(delivered(second))
    async with asyncio.timeout(SECONDS):
        while not processor._lanes[first.partition]._queue.empty():
            await asyncio.sleep(0.001)
    await processor.put(delivered(second))
    async with observer(servers.kafka) as consumer:
        view.reached.clear()
        async with asyncio.timeout(10):
            await processor.heartbeat(consumer)
    assert view.prepared == 1
    view.free.set()
    async with asyncio.timeout(SECONDS):
        while view.prepared == 1:
            await asyncio.sleep(0.001)
    await processor.close()


async def test_a_view_stands_still_while_the_log_ends_before_what_it_holds(
    servers: Servers,
    log: Log,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """As after a power cut that cost the log its end: offsets are given out again."""
    monkeypatch.setattr(lane, "LOOK_SECONDS", 0.05)
    acknowledged: list[int] = []

    async def acknowledge(event: Any) -> None:
        acknowledged.append(event.message.offset)

    first = await log.append(EVENT)
    view = Remembering()
    processor = Processor(view, servers.kafka, DeadLetters(log), acknowledge, nothing)
    processor.assign([first.partition])
    await view.until(*first)
    async with observer(servers.kafka) as consumer:
        assert await processor.heartbeat(consumer)
        view.reached[first.partition] = first.offset + 3
        assert not await processor.heartbeat(consumer)
        async with asyncio.timeout(SECONDS):
            while caplog.text.count("the log has lost events") < 3:
                await asyncio.sleep(0.001)
        for _ in range(4):  # it grows beyond the place again
            await log.append(EVENT)
        again = await log.append(EVENT)
        await processor.put(delivered(again))
        assert not await processor.heartbeat(consumer)
        assert not acknowledged

        view.reached.clear()
        await view.until(*again)
        async with asyncio.timeout(SECONDS):
            while acknowledged != [again.offset]:
                await asyncio.sleep(0.001)
        assert await processor.heartbeat(consumer)
        async with asyncio.timeout(SECONDS):
            while not processor._lanes[first.partition].is_idle:  # it has read its checkpoint again
                await asyncio.sleep(0.001)
    await processor.close()


async def test_faust_does_not_wait_for_what_was_skipped(
    servers: Servers, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would keep the offset of everything that is acknowledged afterwards."""
    app, processor = _prepared(
        Remembering(), {TWEETS.name}, servers.kafka, DeadLetters(log), str(tmp_path)
    )
    consumer, place = app.consumer, TP(TWEETS.name, 0)
    monkeypatch.setattr(consumer, "_seek", nothing)
    app.topics._acking_topics.add(TWEETS.name)
    consumer._committed_offset[place] = 10

    async def acknowledge(offset: int) -> None:
        message = Message(place, offset)
        event = SimpleNamespace(message=message, ack=lambda: consumer.ack(message))
        await processor._acknowledge(event)

    await acknowledge(10)
    assert consumer._new_offset(place) == 11
    await processor._seek(Partition(TWEETS.name, 0), 20_000)
    consumer._committed_offset[place] = 11  # as by a commit that was under way
    for offset in (11, 20_000, 20_001):
        await acknowledge(offset)
    assert consumer._new_offset(place) == 20_002
    assert not consumer._acked[place]
    await processor.close()
