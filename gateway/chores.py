"""What a gateway does now and then, whatever is asked of it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.errors import KafkaError

from events.log import LogUnavailable
from events.tasks import cancel_all
from gateway.media import objects
from gateway.media.unposted import give_back_unposted
from gateway.problems import Problem
from gateway.state import Gateway
from projections import generations, mongo, postgres, redis
from projections.registry import Readers
from projections.stores import Stores

logger = logging.getLogger(__name__)

REFRESH_SECONDS = 0.25
FORGET_SECONDS = 3_600.0
SETTLE_SECONDS = 2.0

UNSURE: tuple[type[Exception], ...] = (
    *(LogUnavailable, KafkaError, OSError, Problem),
    *postgres.TRANSIENT,
    *mongo.TRANSIENT,
)
"""Why it may not be known now what was posted."""


@asynccontextmanager
async def chores(
    gateway: Gateway, stores: Stores, used: generations.Generations
) -> AsyncIterator[None]:
    """Done within the block; `used` are the generations that the gateway begins with."""
    tasks = [
        asyncio.create_task(gateway.admissions.watch()),
        asyncio.create_task(_follow_generations(gateway, stores, used)),
        asyncio.create_task(_forget_keys(gateway)),
        asyncio.create_task(_settle_hits(gateway)),
        asyncio.create_task(_forget_media(gateway)),
    ]
    try:
        yield
    finally:
        await cancel_all(tasks)


async def _follow_generations(
    gateway: Gateway, stores: Stores, used: generations.Generations
) -> None:
    while True:
        try:
            now = await generations.current(stores.postgres)
        except postgres.TRANSIENT as error:
            logger.warning("generations unknown: %r", error)
        else:
            if now != used:
                logger.info("reading generations %s", now)
                gateway.use(Readers.at(stores, now))
            used = now
        await asyncio.sleep(REFRESH_SECONDS)


async def _forget_keys(gateway: Gateway) -> None:
    while True:
        try:
            await gateway.commands.forget_old_keys()
        except postgres.TRANSIENT as error:
            logger.warning("old idempotency keys stay: %r", error)
        await asyncio.sleep(FORGET_SECONDS)


async def _settle_hits(gateway: Gateway) -> None:
    while True:
        await asyncio.sleep(SETTLE_SECONDS)
        try:
            await gateway.readers.cache.hits.settle()
        except redis.TRANSIENT as error:
            logger.warning("the hits of the cache are not counted: %r", error)


async def _forget_media(gateway: Gateway) -> None:
    while True:
        try:
            await give_back_unposted(gateway.now)
        except UNSURE as error:
            logger.warning("media of tweets that were never posted stay: %r", error)
        try:
            await gateway.media.forget_expired()
        except (*postgres.TRANSIENT, *objects.TRANSIENT) as error:
            logger.warning("expired media stay: %r", error)
        await asyncio.sleep(FORGET_SECONDS)
