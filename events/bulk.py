"""Appending many events at once, for loads: throughput before latency."""

import asyncio
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaProducer

from events.codec import record_of
from schemas.events import Event

FLUSH_SECONDS = 60.0
MAX_UNACKNOWLEDGED = 20_000


class BulkAppender:
    """Appends with batching and compression; leaving the block waits until all are acknowledged.

    Raises aiokafka's `KafkaError` or `TimeoutError` for the first event that was not.
    """

    def __init__(self, bootstrap: str) -> None:
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            enable_idempotence=True,
            linger_ms=5,
            max_batch_size=131_072,
            compression_type="lz4",
        )
        self._sent: list[asyncio.Future[object]] = []

    async def __aenter__(self) -> Self:
        try:
            await asyncio.wait_for(self._producer.start(), FLUSH_SECONDS)
        except BaseException:
            await self._producer.stop()
            raise
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
            await asyncio.wait_for(self._producer.stop(), FLUSH_SECONDS)

    async def append(self, event: Event) -> None:
        topic, key, value = record_of(event)
        self._sent.append(await self._producer.send(topic, value, key=key))
        if len(self._sent) >= MAX_UNACKNOWLEDGED:
            await self.flush()

    async def flush(self) -> None:
        """Waits until everything appended so far is acknowledged."""
        sent, self._sent = self._sent, []
        await asyncio.wait_for(asyncio.gather(*sent), FLUSH_SECONDS)
