"""Ending a producer, whatever state Kafka is in."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from events.tasks import cancel_all

logger = logging.getLogger(__name__)

STOP_SECONDS = 3.0


async def stop(producer: AIOKafkaProducer | None) -> None:
    """Within `STOP_SECONDS` for what it does in good order, and some more for what it does not."""
    if producer is None:
        return
    trouble = await _trouble(producer.stop())
    if trouble is not None:
        logger.info("a producer did not stop cleanly: %r", trouble)
        await _silence(producer)


async def _silence(producer: AIOKafkaProducer) -> None:
    """Ends what a stop that ran out of time leaves behind.

    It would go on trying to send, and bring events to the log long after they were refused.
    """
    for close in (producer._sender.close, producer.client.close):
        await _trouble(close())


async def _trouble(ending: Coroutine[Any, Any, None]) -> Exception | None:
    """What kept it from coming to its end, in a task of its own: whoever ends a producer may have
    been cancelled, and then no `asyncio.timeout` of Python 3.11.2 is told from that."""
    task = asyncio.create_task(ending)
    try:
        done, _ = await asyncio.wait([task], timeout=STOP_SECONDS)
    finally:
        await cancel_all([task])
    if not done or task.cancelled():
        return TimeoutError(f"not over in {STOP_SECONDS} s")
    try:
        task.result()
    except (KafkaError, TimeoutError, OSError) as error:
        return error
    return None
