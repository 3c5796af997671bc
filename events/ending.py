"""Ending a producer, whatever state Kafka is in."""

import asyncio
import contextlib
import logging

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

logger = logging.getLogger(__name__)

STOP_SECONDS = 3.0


async def stop(producer: AIOKafkaProducer | None) -> None:
    """Within `STOP_SECONDS` for what it does in good order, and some more for what it does not."""
    if producer is None:
        return
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await producer.stop()
    except (KafkaError, TimeoutError, OSError) as error:
        logger.info("a producer did not stop cleanly: %r", error)
        await _silence(producer)


async def _silence(producer: AIOKafkaProducer) -> None:
    """Ends what a stop that ran out of time leaves behind.

    It would go on trying to send, and bring events to the log long after they were refused.
    """
    for close in (producer._sender.close, producer.client.close):
        with contextlib.suppress(KafkaError, TimeoutError, OSError):
            async with asyncio.timeout(STOP_SECONDS):
                await close()
