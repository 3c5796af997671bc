"""Appends that go to the log together.

One by one, an append costs a process two coroutines in aiokafka, and its share of a request that
carries the few which came while the last was under way. Here those that are there together go as
one batch a partition, and when there are `MANY`, the next wait for each other (group commit with a
timer that follows the load: Helland, Sammer, Lyon, Carr, Garrett and Reuter, "Group commit timers
and high volume transaction systems", 1987): for `ROUND_TRIPS` since the last went, which is what it
takes to do the work of one group while another is on its way. With few, none waits.
"""

import asyncio
from asyncio import Future
from collections import deque
from collections.abc import Callable
from copy import copy
from functools import partial
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from events.partitioning import partition_of
from events.places import logical
from events.positions import Position

ROUND_TRIPS = 2.5
MOST_SECONDS = 0.01
MANY = 4
SMOOTHING = 1 / 8
"""Of one round trip in what they take of late, as RFC 6298 has it."""

WATCH_SECONDS = 0.1


class Overdue(RuntimeError):
    """It waited too long for its turn; it was not sent."""


class Slow(TimeoutError):
    """It was sent late, and is not acknowledged yet; the producer works."""


class Append(NamedTuple):
    key: bytes
    value: bytes
    acknowledged: Future[Position]
    since: float

    def fails(self, error: BaseException) -> None:
        if not self.acknowledged.done():
            self.acknowledged.set_exception(error)


class Lane:
    """What waits for one partition, and what is under way to it: never two batches, which keeps
    the order."""

    __slots__ = ("number", "place", "since", "topic", "under_way", "waiting")

    def __init__(self, topic: str, number: int) -> None:
        self.topic = topic
        self.number = number
        self.place = logical(topic, number)
        self.waiting: deque[Append] = deque()
        self.under_way: list[Append] = []
        self.since = 0.0


class Groups:
    """Of one started producer. What is not acknowledged after `seconds` fails; a batch that takes
    as long hangs, and so does the producer, as `hangs` is told."""

    def __init__(
        self, producer: AIOKafkaProducer, seconds: float, hangs: Callable[["Groups"], None]
    ) -> None:
        self.producer = producer
        self._seconds = seconds
        self._hangs = hangs
        self._lanes: dict[str, list[Lane]] = {}
        self._ready: list[Lane] = []
        self._loop = asyncio.get_running_loop()
        self._sent_at = self._pause = self._round_trip = 0.0
        self._sending: set[asyncio.Task[None]] = set()
        self._watching = False

    async def send(self, topic: str, key: bytes, value: bytes) -> Future[Position]:
        """Brings it on its way to one of the brokers' topics, and gives what will be its place,
        aiokafka's `KafkaError`, `TimeoutError`, of which `Slow` is one, or `Overdue`. What is
        cancelled soon enough is not sent.
        """
        lanes = self._lanes.get(topic) or await self._open(topic)
        lane = lanes[partition_of(key, len(lanes))]
        acknowledged: Future[Position] = self._loop.create_future()
        if not lane.waiting and not lane.under_way:
            self._make_ready(lane)
        lane.waiting.append(Append(key, value, acknowledged, self._loop.time()))
        return acknowledged

    async def _open(self, topic: str) -> list[Lane]:
        async with asyncio.timeout(self._seconds):
            numbers = await self.producer.partitions_for(topic)
        return self._lanes.setdefault(topic, [Lane(topic, number) for number in sorted(numbers)])

    def _make_ready(self, lane: Lane) -> None:
        if not self._ready:
            self._loop.call_at(self._sent_at + self._pause, self._begin)
        self._ready.append(lane)

    def _begin(self) -> None:
        self._sent_at = self._loop.time()
        lanes, self._ready = self._ready, []
        many = sum(len(lane.waiting) for lane in lanes) >= MANY
        self._pause = min(ROUND_TRIPS * self._round_trip, MOST_SECONDS) if many else 0.0
        task = self._loop.create_task(self._send(lanes))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        if not self._watching:
            self._watching = True
            self._loop.call_later(WATCH_SECONDS, self._watch)

    async def _send(self, lanes: list[Lane]) -> None:
        for lane in lanes:
            batch = self._batch_of(lane)
            if not (under_way := lane.under_way):
                continue
            try:
                sent = await self.producer.send_batch(batch, lane.topic, partition=lane.number)
            except Exception as error:  # whatever it is, whoever waits is to know
                self._over(lane, under_way, error)
            else:
                sent.add_done_callback(partial(self._done, lane, under_way))

    def _batch_of(self, lane: Lane) -> BatchBuilder:
        """Of what waits as much as fits."""
        lane.since = self._sent_at
        batch = self.producer.create_batch()
        while lane.waiting:
            first = lane.waiting[0]
            if not first.acknowledged.cancelled():
                if batch.append(key=first.key, value=first.value, timestamp=None) is None:
                    break
                lane.under_way.append(first)
            lane.waiting.popleft()
        return batch

    def _done(self, lane: Lane, under_way: list[Append], sent: Future[RecordMetadata]) -> None:
        if (error := sent.exception()) is None and lane.under_way is under_way:
            self._round_trip += SMOOTHING * (self._loop.time() - lane.since - self._round_trip)
        self._over(lane, under_way, error or sent.result().offset)

    def _over(self, lane: Lane, under_way: list[Append], became: BaseException | int) -> None:
        """`became` is what went wrong, or the offset of the first."""
        for number, sent in enumerate(under_way):
            if not isinstance(became, int):
                sent.fails(copy(became))
            elif not sent.acknowledged.done():
                sent.acknowledged.set_result(Position(lane.place, became + number))
        if lane.under_way is under_way:  # and not given up, and followed by others
            lane.under_way = []
            if lane.waiting:
                self._make_ready(lane)

    def _watch(self) -> None:
        now, said = self._loop.time(), f"nothing in {self._seconds:g} s"
        busy = [lane for lanes in self._lanes.values() for lane in lanes if lane.under_way]
        for lane in busy:
            hanging = now - lane.since > self._seconds
            while lane.waiting and (hanging or now - lane.waiting[0].since > self._seconds):
                lane.waiting.popleft().fails(Overdue(said))
            if hanging:
                self._hangs(self)
                self._over(lane, lane.under_way, TimeoutError(said))
            for sent in lane.under_way:
                if now - sent.since > self._seconds:
                    sent.fails(Slow(said))
        self._watching = bool(busy)
        if busy:
            self._loop.call_later(WATCH_SECONDS, self._watch)
