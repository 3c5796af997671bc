"""Reading the log by hand: one partition from one offset to another, and where partitions end."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError, OffsetOutOfRangeError, for_code

from events.observer import START_SECONDS, admin, observer
from events.places import logical, real, real_topic
from events.positions import Partition
from events.topic_generations import TopicGenerations, look_up
from schemas.explained import Explained

FETCH_SECONDS = 30.0
BATCH_RECORDS = 1_000


class Record(Protocol):
    """One record as it stands in the log, whoever read it."""

    @property
    def offset(self) -> int: ...

    @property
    def value(self) -> bytes | None: ...


class Slice(NamedTuple):
    """Consecutive records of one partition; the next slice begins at `next_offset`."""

    records: Sequence[Record]
    next_offset: int


class Removed(KafkaError, Explained):  # type: ignore[misc]
    """What is to be read was removed: the topic has another generation, which holds it."""


async def read(
    bootstrap: str, partition: Partition, start: int, end: int, *, most: int = BATCH_RECORDS
) -> AsyncIterator[Slice]:
    """The records of `partition` with offsets in [start, end), in slices of at most `most`.

    Ends by position, not by count: control records take up offsets too. Raises `TimeoutError`
    when Kafka sends nothing for `FETCH_SECONDS`, and `Removed`.
    """
    if start >= end:
        return
    async with observer(bootstrap, reset="none") as consumer:
        assigned = real(partition)
        consumer.assign([assigned])
        consumer.seek(assigned, start)
        position = start
        deadline = asyncio.get_running_loop().time() + FETCH_SECONDS
        while position < end:
            try:
                fetched = await consumer.getmany(
                    assigned, timeout_ms=500, max_records=min(most, end - position)
                )
            except OffsetOutOfRangeError as error:
                raise Removed(f"the log does not hold {partition}:{position} any more") from error
            reached = await consumer.position(assigned)
            if reached == position:
                if asyncio.get_running_loop().time() > deadline:
                    raise TimeoutError(f"{partition} stands at {position}, {end} was expected")
                continue
            position = reached
            deadline = asyncio.get_running_loop().time() + FETCH_SECONDS
            yield Slice(fetched.get(assigned, ()), position)


async def partitions(
    bootstrap: str, topics: Iterable[str], at: TopicGenerations | None = None
) -> list[Partition]:
    """Every partition of `topics`, in the generations that are appended to, or those in `at`.

    Raises aiokafka's `KafkaError` when one does not exist.
    """
    at = at or await look_up(bootstrap)
    names = [real_topic(topic, at.current(topic)) for topic in topics]
    async with admin(bootstrap) as client:
        async with asyncio.timeout(START_SECONDS):
            described = await client.describe_topics(names)
    for topic in described:
        if topic["error_code"]:
            raise for_code(topic["error_code"])(f"topic {topic['topic']}")
    return sorted(
        logical(topic["topic"], p["partition"]) for topic in described for p in topic["partitions"]
    )


async def ends(consumer: AIOKafkaConsumer, partitions: Iterable[Partition]) -> dict[Partition, int]:
    """For each partition the offset that its next record will get."""
    async with asyncio.timeout(FETCH_SECONDS):
        try:
            found = await consumer.end_offsets([real(p) for p in partitions])
        except RuntimeError as error:  # uvloop's, of a connection that was cut just now
            raise ConnectionResetError(str(error)) from error
    return {logical(*place): offset for place, offset in found.items()}


async def ends_of(
    bootstrap: str, topics: Iterable[str], at: TopicGenerations | None = None
) -> dict[Partition, int]:
    """The `ends` of every one of `partitions`, in their order. Raises the same."""
    found = await partitions(bootstrap, topics, at)
    async with observer(bootstrap) as consumer:
        end = await ends(consumer, found)
    return {partition: end[partition] for partition in found}
