"""Appending to the log: acknowledged by all replicas, idempotent, and bounded in time."""

import asyncio
import contextlib
import logging
import time
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from events.codec import record_of
from events.deadlines import Deadlines
from events.places import logical
from events.positions import Position
from events.tasks import cancel_all
from schemas import metrics
from schemas.events import Event

logger = logging.getLogger(__name__)

APPEND_SECONDS = 4.0
START_SECONDS = 5.0
STOP_SECONDS = 3.0
RETRY_SECONDS = 0.25
MAX_IN_FLIGHT = 2_000


class LogUnavailable(RuntimeError):
    """The event was not acknowledged in time. It may or may not stand in the log."""


class LogOverloaded(RuntimeError):
    """Too many appends are waiting already; this one was not sent."""


class Log:
    """One process's way to append events, alive across outages of Kafka.

    An idempotent aiokafka producer that has lived through an outage can hang for ever, so every
    append is bounded, and the producer is replaced after the first that fails. While there is
    none, appends are refused at once.
    """

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._producer: AIOKafkaProducer | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._in_flight = 0
        self._deadlines = Deadlines()

    async def __aenter__(self) -> Self:
        self._connecting = asyncio.create_task(self._connect(None))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._connected.wait(), START_SECONDS)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._connecting is not None:
            await cancel_all([self._connecting])
        await _stop(self._producer)

    @property
    def available(self) -> bool:
        return self._producer is not None

    async def append(self, event: Event) -> Position:
        """Appends one event and returns its place once every replica has it.

        Raises `LogUnavailable` within `APPEND_SECONDS`, `LogOverloaded` at once.
        """
        return await self.append_bytes(*record_of(event))

    async def append_bytes(self, topic: str, key: bytes, value: bytes) -> Position:
        """Appends what is encoded already; otherwise as `append`."""
        producer = self._producer
        if producer is None:
            raise LogUnavailable("Kafka is away")
        if self._in_flight >= MAX_IN_FLIGHT:
            raise LogOverloaded(f"{MAX_IN_FLIGHT} appends are waiting for Kafka")
        self._in_flight += 1
        began = time.perf_counter()
        try:
            with self._deadlines.within(APPEND_SECONDS):
                sent = await producer.send_and_wait(topic, value, key=key)
        except MessageSizeTooLargeError:
            raise
        except (KafkaError, TimeoutError) as error:
            self._replace(producer)
            raise LogUnavailable(f"Kafka did not acknowledge: {error!r}") from error
        finally:
            self._in_flight -= 1
            metrics.APPEND_SECONDS.observe(time.perf_counter() - began)
        return Position(logical(sent.topic, sent.partition), sent.offset)

    def _replace(self, failed: AIOKafkaProducer) -> None:
        if self._producer is failed:
            logger.warning("the log is unavailable: replacing the producer")
            self._producer = None
            self._connected.clear()
            self._connecting = asyncio.create_task(self._connect(failed))

    async def _connect(self, failed: AIOKafkaProducer | None) -> None:
        await _stop(failed)
        while self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                acks="all",
                enable_idempotence=True,
                request_timeout_ms=3_000,
                metadata_max_age_ms=30_000,
            )
            try:
                await asyncio.wait_for(producer.start(), START_SECONDS)
            except (KafkaError, TimeoutError, OSError) as error:
                logger.info("Kafka is not there yet: %r", error)
                await _stop(producer)
                await asyncio.sleep(RETRY_SECONDS)
            except asyncio.CancelledError:
                await _stop(producer)
                raise
            else:
                self._producer = producer
                self._connected.set()


async def _stop(producer: AIOKafkaProducer | None) -> None:
    if producer is None:
        return
    try:
        await asyncio.wait_for(producer.stop(), STOP_SECONDS)
    except (KafkaError, TimeoutError, OSError) as error:
        logger.info("a producer did not stop cleanly: %r", error)
        await _silence(producer)


async def _silence(producer: AIOKafkaProducer) -> None:
    """Ends what a stop that ran out of time leaves behind.

    It would go on trying to send, and bring events to the log long after they were refused.
    """
    for close in (producer._sender.close, producer.client.close):
        with contextlib.suppress(KafkaError, TimeoutError, OSError):
            await asyncio.wait_for(close(), STOP_SECONDS)
