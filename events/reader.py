"""Reading the log by hand: one partition from one offset to another, and where partitions end."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.partitioner import DefaultPartitioner

from events.places import logical, real
from events.positions import Partition

START_SECONDS = 10.0
FETCH_SECONDS = 30.0
BATCH_RECORDS = 1_000
FETCH_BYTES = 256 * 1024
"""What waits in memory for each partition of each view. With 4 MiB a process with all views took
140 MiB more (`bench --only memory`), and was not seen to read faster."""


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


@asynccontextmanager
async def observer(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer without a group: it disturbs nobody and commits nothing."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
        request_timeout_ms=10_000,
        retry_backoff_ms=10,  # also what it sleeps until it first knows a topic's leaders
    )
    try:
        await asyncio.wait_for(consumer.start(), START_SECONDS)
        yield consumer
    finally:
        await asyncio.wait_for(consumer.stop(), START_SECONDS)


async def read(
    bootstrap: str, partition: Partition, start: int, end: int, *, most: int = BATCH_RECORDS
) -> AsyncIterator[Slice]:
    """The records of `partition` with offsets in [start, end), in slices of at most `most`.

    Ends by position, not by count: control records take up offsets too. Raises `TimeoutError`
    when Kafka sends nothing for `FETCH_SECONDS`.
    """
    if start >= end:
        return
    async with observer(bootstrap) as consumer:
        assigned = real(partition)
        consumer.assign([assigned])
        consumer.seek(assigned, start)
        position = start
        deadline = asyncio.get_running_loop().time() + FETCH_SECONDS
        while position < end:
            fetched = await consumer.getmany(
                assigned, timeout_ms=500, max_records=min(most, end - position)
            )
            reached = await consumer.position(assigned)
            if reached == position:
                if asyncio.get_running_loop().time() > deadline:
                    raise TimeoutError(f"{partition} stands at {position}, {end} was expected")
                continue
            position = reached
            deadline = asyncio.get_running_loop().time() + FETCH_SECONDS
            yield Slice(fetched.get(assigned, ()), position)


async def partitions(bootstrap: str, topics: Iterable[str]) -> list[Partition]:
    """Every partition of `topics`. Raises aiokafka's `KafkaError` when one does not exist."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
    try:
        await asyncio.wait_for(admin.start(), START_SECONDS)
        described = await asyncio.wait_for(admin.describe_topics(list(topics)), START_SECONDS)
    finally:
        await admin.close()
    for topic in described:
        if topic["error_code"]:
            raise for_code(topic["error_code"])(f"topic {topic['topic']}")
    return sorted(
        logical(topic["topic"], p["partition"]) for topic in described for p in topic["partitions"]
    )


def partition_of(key: bytes, count: int) -> int:
    """The number of the partition, of `count`, in which all records with the key are."""
    numbers = list(range(count))
    return int(DefaultPartitioner()(key, numbers, numbers))


async def ends(consumer: AIOKafkaConsumer, partitions: Iterable[Partition]) -> dict[Partition, int]:
    """For each partition the offset that its next record will get."""
    found = await asyncio.wait_for(
        consumer.end_offsets([real(p) for p in partitions]), FETCH_SECONDS
    )
    return {logical(*place): offset for place, offset in found.items()}


async def ends_of(bootstrap: str, topics: Iterable[str]) -> dict[Partition, int]:
    """The `ends` of every partition of `topics`, in their order. Raises as `partitions`."""
    found = await partitions(bootstrap, topics)
    async with observer(bootstrap) as consumer:
        end = await ends(consumer, found)
    return {partition: end[partition] for partition in found}
