"""The log read in bulk and decoded, as a rebuild does, against a bare `getmany` loop."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from aiokafka import AIOKafkaConsumer

from bench.row import Row, at_least
from events.codec import decode
from events.places import real
from events.positions import Partition
from events.reader import ends_of, read
from schemas.servers import Servers
from schemas.topics import GRAPH, TWEETS

TARGET = 0.5
RUNS = 3
LOOP_SECONDS = 600.0
FETCH_BYTES = 4 * 1024 * 1024

Ends = dict[Partition, int]


async def read_in_bulk(servers: Servers) -> list[Row]:
    """All tweets and follows, connecting included; the best of three, of both, in turns."""
    end = await ends_of(servers.kafka, [TWEETS.name, GRAPH.name])
    rates, floors = [], []
    for _ in range(RUNS):
        rates.append(await _rate(decoded, servers.kafka, end))
        floors.append(await _rate(_bare, servers.kafka, end))
    return [at_least("bulk reader, decoding", "events/s", max(rates), max(floors), TARGET)]


async def _rate(
    reading: Callable[[str, Ends], Awaitable[None]], bootstrap: str, end: Ends
) -> float:
    started = time.perf_counter()
    await reading(bootstrap, end)
    return sum(end.values()) / (time.perf_counter() - started)


async def decoded(bootstrap: str, end: Ends) -> None:
    """Reads every event before `end`, as a rebuild does, and does nothing with it."""

    async def one(partition: Partition) -> None:
        async for records, _ in read(bootstrap, partition, 0, end[partition]):
            for record in records:
                decode(record.value or b"")

    await asyncio.gather(*(one(partition) for partition in end))


async def _bare(bootstrap: str, end: Ends) -> None:
    """One consumer of all partitions, with fetches large enough for it to be at its best."""
    left = sum(end.values())
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
        retry_backoff_ms=10,
    )
    async with asyncio.timeout(LOOP_SECONDS):
        try:
            await consumer.start()
            consumer.assign([real(partition) for partition in end])
            while left > 0:
                fetched = await consumer.getmany(timeout_ms=500)
                left -= sum(len(records) for records in fetched.values())
        finally:
            await consumer.stop()
