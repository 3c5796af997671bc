"""Appending to the log: acknowledged by all replicas, idempotent, and bounded in time."""

import asyncio
import contextlib
import logging
import time
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    OutOfOrderSequenceNumber,
    ProducerClosed,
)

from events.codec import record_of
from events.ending import stop
from events.groups import Groups, Overdue, Slow
from events.places import real_topic
from events.positions import Position
from events.tasks import cancel_all
from events.topic_generations import TopicGenerations, look_up
from schemas import metrics
from schemas.events import Event

logger = logging.getLogger(__name__)

APPEND_SECONDS = 4.0
START_SECONDS = 5.0
RETRY_SECONDS = 0.25
LOOK_SECONDS = 0.1
MAX_IN_FLIGHT = 2_000
MAX_BYTES = 1_000_000
"""Of one event; a broker takes 1 MiB at once."""

REFUSED = (MessageSizeTooLargeError, OutOfOrderSequenceNumber, ProducerClosed)
"""A topic that is closed takes nothing of any size; one that is opened again counts what it has
refused, and takes nothing more from the same producer; and what has waited for a producer until it
was replaced was not sent."""


class LogUnavailable(RuntimeError):
    """The event was not acknowledged in time. It may or may not stand in the log."""


class LogAway(LogUnavailable):
    """There is no log to append to now; the event was not sent."""


class LogOverloaded(RuntimeError):
    """Too many appends are waiting, or this one waited too long; it was not sent."""


NOT_SENT = (LogAway, LogOverloaded)


class Log:
    """One process's way to append events, alive across outages of Kafka.

    An idempotent aiokafka producer that has lived through an outage can hang for ever, so every
    append is bounded, and the producer is replaced after the first that fails. While there is
    none, appends are refused at once.
    """

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._groups: Groups | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._in_flight = 0
        self._at = TopicGenerations()
        self._refused = asyncio.Lock()
        self._looked = 0.0

    async def __aenter__(self) -> Self:
        self._connecting = asyncio.create_task(self._connect(None))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                await self._connected.wait()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._connecting is not None:
            await cancel_all([self._connecting])
        if self._groups is not None:
            await stop(self._groups.producer)

    @property
    def available(self) -> bool:
        return self._groups is not None

    async def append(self, event: Event) -> Position:
        """Appends one event and returns its place once every replica has it.

        Raises `LogUnavailable` or `LogOverloaded` within `APPEND_SECONDS`.
        """
        return await self.append_bytes(*record_of(event))

    async def append_bytes(self, topic: str, key: bytes, value: bytes) -> Position:
        """Appends what is encoded already; otherwise as `append`."""
        groups, at = self._groups, self._at.current(topic)
        if groups is None:
            raise LogAway("Kafka is away")
        if self._in_flight >= MAX_IN_FLIGHT:
            raise LogOverloaded(f"{MAX_IN_FLIGHT} appends are waiting for Kafka")
        if len(key) + len(value) > MAX_BYTES:
            raise MessageSizeTooLargeError(f"an event of more than {MAX_BYTES:,} bytes")
        self._in_flight += 1
        began = time.perf_counter()
        try:
            acknowledged = await groups.send(real_topic(topic, at), key, value)
            try:
                return await acknowledged
            except REFUSED as error:
                async with asyncio.timeout(began + APPEND_SECONDS - time.perf_counter()):
                    return await self._again(groups, at, topic, key, value, error)
        except Overdue as error:
            raise LogOverloaded(f"Kafka is slow: {error}") from error
        except (KafkaError, TimeoutError) as error:
            if not isinstance(error, Slow):
                self._replace(groups)
            raise LogUnavailable(f"Kafka did not acknowledge: {error!r}") from error
        finally:
            self._in_flight -= 1
            metrics.APPEND_SECONDS.observe(time.perf_counter() - began)

    async def _again(
        self, groups: Groups, at: int, topic: str, key: bytes, value: bytes, error: KafkaError
    ) -> Position:
        """Until some generation of the topic takes it: one that is closed may be opened again."""
        while True:
            refused = time.monotonic()
            closed = isinstance(error, MessageSizeTooLargeError)
            if isinstance(error, OutOfOrderSequenceNumber):
                self._replace(groups)
            elif not closed and groups is self._groups:  # the log itself is at its end
                raise error
            async with self._refused:  # fair: what was refused goes on in the same order
                if closed and self._at.current(topic) == at:
                    await self._look(refused)
                groups, at = await self._live(), self._at.current(topic)
                acknowledged = await groups.send(real_topic(topic, at), key, value)
            try:
                return await acknowledged
            except REFUSED as again:
                error = again

    async def _look(self, refused: float) -> None:
        """Asks for newer generations, unless somebody has begun to since `refused`."""
        if self._looked < refused:
            looked, before = time.monotonic(), self._at
            self._at = await look_up(self._bootstrap)
            if self._at == before:
                await asyncio.sleep(LOOK_SECONDS)
            self._looked = looked

    async def _live(self) -> Groups:
        while self._groups is None:
            await self._connected.wait()
        return self._groups

    def _replace(self, failed: Groups) -> None:
        if self._groups is failed:
            logger.warning("the log is unavailable: replacing the producer")
            self._groups = None
            self._connected.clear()
            self._connecting = asyncio.create_task(self._connect(failed.producer))

    async def _connect(self, failed: AIOKafkaProducer | None) -> None:
        await stop(failed)
        while self._groups is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                acks="all",
                enable_idempotence=True,
                request_timeout_ms=3_000,
                metadata_max_age_ms=30_000,
            )
            try:
                async with asyncio.timeout(START_SECONDS):
                    await producer.start()
                async with asyncio.timeout(START_SECONDS):
                    self._at = await look_up(self._bootstrap)
            except (KafkaError, TimeoutError, OSError) as error:
                logger.info("Kafka is not there yet: %r", error)
                await stop(producer)
                await asyncio.sleep(RETRY_SECONDS)
            except asyncio.CancelledError:
                await stop(producer)
                raise
            else:
                self._groups = Groups(producer, APPEND_SECONDS, self._replace)
                self._connected.set()
