"""Kafka in memory: what has been published so far, and the ways in which workers read it."""

import random
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial

from aiokafka.errors import KafkaConnectionError
from msgspec import Struct

from events.codec import encode
from events.positions import Partition
from events.reader import Slice
from projections.view import Recorded
from schemas.events import Event
from schemas.topics import TOPIC_OF, Topic
from streams.audit.folds.told import Told
from tests.simulation.wire import Wire

PARTITIONS = 2
GAPS = 0.05


class Message(Struct, frozen=True):
    topic: str
    partition: int
    offset: int
    value: bytes


class Delivered(Struct, frozen=True):
    """As Faust brings a record."""

    message: Message


class Log:
    """Some offsets hold nothing, as where a transaction ended."""

    def __init__(self, chance: random.Random, wire: Wire, topics: Iterable[Topic]) -> None:
        self._chance = chance
        self._wire = wire
        self._messages: dict[Partition, list[Message]] = {
            Partition(topic.name, number): [] for topic in topics for number in range(PARTITIONS)
        }
        self._events: dict[Partition, list[Recorded]] = {p: [] for p in self._messages}
        self.listeners: list[Callable[[], None]] = []

    def has(self, event: Event) -> bool:
        return Partition(TOPIC_OF[type(event)].name, 0) in self._messages

    def append(self, event: Event) -> None:
        topic = TOPIC_OF[type(event)]
        partition = Partition(topic.name, (topic.key_of(event) >> 2) % PARTITIONS)
        offset = self.end(partition) + (self._chance.random() < GAPS)
        self._messages[partition].append(Message(*partition, offset, encode(event)))
        self._events[partition].append(Recorded(offset, event))
        for listener in self.listeners:
            listener()

    def end(self, partition: Partition) -> int:
        messages = self._messages[partition]
        return messages[-1].offset + 1 if messages else 0

    def partitions(self, topics: Iterable[Topic]) -> list[Partition]:
        names = {topic.name for topic in topics}
        return [partition for partition in self._messages if partition.topic in names]

    def told(self, topics: Iterable[Topic]) -> Told:
        return {partition: self._events[partition] for partition in self.partitions(topics)}

    def events(self, partition: Partition, start: int, end: int) -> list[Recorded]:
        return [one for one in self._events[partition] if start <= one.offset < end]

    def messages(self, partition: Partition, start: int, end: int) -> list[Message]:
        return [one for one in self._messages[partition] if start <= one.offset < end]

    async def read(
        self, bootstrap: str, partition: Partition, start: int, end: int, *, most: int
    ) -> AsyncIterator[Slice]:
        """In the place of `events.reader.read`."""
        while start < end:
            middle = self._chance.randint(start + 1, min(end, start + most))
            found = await self._wire.call(
                f"read {partition} [{start}, {middle})",
                partial(self.messages, partition, start, middle),
            )
            yield Slice(found, middle)
            start = middle

    @asynccontextmanager
    async def observer(self, bootstrap: str) -> AsyncIterator[None]:
        yield

    async def ends(self, consumer: object, partitions: Iterable[Partition]) -> dict[Partition, int]:
        return {partition: self.end(partition) for partition in partitions}


def away() -> Exception:
    error: Exception = KafkaConnectionError("the simulation cut the connection")
    return error
