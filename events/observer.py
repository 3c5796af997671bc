"""Connections to look at the log, which disturb nobody."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

logger = logging.getLogger(__name__)

START_SECONDS = 10.0
FETCH_BYTES = 256 * 1024
"""What waits in memory for each partition of each view. With 4 MiB a process with all views took
140 MiB more (`bench --only memory`), and was not seen to read faster."""


@asynccontextmanager
async def observer(
    bootstrap: str, *, reset: Literal["earliest", "none"] = "earliest"
) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer without a group: it disturbs nobody and commits nothing. `reset` is what it does
    where it is to read what is not on the log: goes to its beginning, or raises."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        auto_offset_reset=reset,
        max_partition_fetch_bytes=FETCH_BYTES,
        request_timeout_ms=10_000,
        retry_backoff_ms=10,  # also what it sleeps until it first knows a topic's leaders
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            await consumer.start()
        yield consumer
    finally:
        async with asyncio.timeout(START_SECONDS):
            await _stop(consumer)


async def _stop(consumer: AIOKafkaConsumer) -> None:
    """What ended its fetching, which nobody was told, is raised here, before it is closed."""
    try:
        await consumer.stop()
    except (KafkaError, OSError, RuntimeError) as error:
        logger.info("a consumer had stopped fetching: %r", error)
        await consumer._client.close()


@asynccontextmanager
async def admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """For what concerns topics as a whole."""
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=10_000)
    try:
        async with asyncio.timeout(START_SECONDS):
            await client.start()
        yield client
    finally:
        await client.close()
