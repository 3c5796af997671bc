"""Appending many events at once, for loads: throughput before latency."""

import asyncio
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError, OutOfOrderSequenceNumber

from events.codec import record_of
from events.ending import stop
from events.places import real_topic
from events.topic_generations import TopicGenerations, look_up
from schemas.events import Event

FLUSH_SECONDS = 60.0
MAX_UNACKNOWLEDGED = 20_000
LOOK_SECONDS = 0.1


class BulkAppender:
    """Appends with batching and compression; leaving the block waits until all are acknowledged.

    Raises aiokafka's `KafkaError` or `TimeoutError` for the first event that was not.
    """

    _producer: AIOKafkaProducer

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._at = TopicGenerations()
        self._sent: list[tuple[asyncio.Future[object], Event]] = []

    async def __aenter__(self) -> Self:
        self._at = await look_up(self._bootstrap)
        self._producer = await bulk_producer(self._bootstrap)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                await self.flush()
        finally:
            await stop(self._producer)

    async def append(self, event: Event) -> None:
        await self._send(event)
        if len(self._sent) >= MAX_UNACKNOWLEDGED:
            await self.flush()

    async def flush(self) -> None:
        """Waits until everything appended so far is acknowledged."""
        async with asyncio.timeout(FLUSH_SECONDS):
            while self._sent:
                sent, self._sent = self._sent, []
                refused = [event for acknowledged, event in sent if await _refused(acknowledged)]
                if refused:
                    await asyncio.sleep(LOOK_SECONDS)
                    self._at = await look_up(self._bootstrap)
                    before, self._producer = self._producer, await bulk_producer(self._bootstrap)
                    await stop(before)
                for event in refused:
                    await self._send(event)

    async def _send(self, event: Event) -> None:
        topic, key, value = record_of(event)
        name = real_topic(topic, self._at.current(topic))
        self._sent.append((await self._producer.send(name, value, key=key), event))


async def bulk_producer(bootstrap: str) -> AIOKafkaProducer:
    """Throughput before latency; started, and to be stopped by `events.ending.stop`."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=5,
        max_batch_size=131_072,
        compression_type="lz4",
    )
    try:
        async with asyncio.timeout(FLUSH_SECONDS):
            await producer.start()
    except BaseException:
        await stop(producer)
        raise
    return producer


async def _refused(acknowledged: asyncio.Future[object]) -> bool:
    """Whether the topic takes nothing any more, or took nothing: it counts what it has refused, so
    that one which is opened again takes nothing from the same producer."""
    try:
        await acknowledged
    except (MessageSizeTooLargeError, OutOfOrderSequenceNumber):
        return True
    return False
