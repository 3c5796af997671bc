"""What a gateway does now and then, whatever is asked of it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
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

PASSING: tuple[type[Exception], ...] = (
    *(LogUnavailable, KafkaError, OSError, Problem),
    *postgres.TRANSIENT,
    *mongo.TRANSIENT,
    *redis.TRANSIENT,
    *objects.TRANSIENT,
)
"""Why something may not be done, or known, now."""


@asynccontextmanager
async def chores(
    gateway: Gateway, stores: Stores, used: generations.Generations
) -> AsyncIterator[None]:
    """Done within the block; `used` are the generations that the gateway begins with."""

    async def follow_generations() -> None:
        nonlocal used
        now = await generations.current(stores.postgres)
        if now != used:
            logger.info("reading generations %s", now)
            gateway.use(Readers.at(stores, now))
        used = now

    todo: list[tuple[Callable[[], Awaitable[None]], float, str]] = [
        (follow_generations, REFRESH_SECONDS, "generations unknown"),
        (gateway.commands.forget_old_keys, FORGET_SECONDS, "old idempotency keys stay"),
        (
            lambda: gateway.readers.cache.hits.settle(),
            SETTLE_SECONDS,
            "the hits of the cache are not counted",
        ),
        (
            lambda: give_back_unposted(gateway),
            FORGET_SECONDS,
            "media of tweets that were never posted stay",
        ),
        (gateway.media.forget_expired, FORGET_SECONDS, "expired media stay"),
        (gateway.grants.forget_expired, FORGET_SECONDS, "expired tokens of programs stay"),
    ]
    tasks = [asyncio.create_task(gateway.admissions.watch())]
    tasks += [asyncio.create_task(repeated(*chore)) for chore in todo]
    try:
        yield
    finally:
        await cancel_all(tasks)


async def repeated(do: Callable[[], Awaitable[None]], seconds: float, undone: str) -> None:
    """Never returns, whatever `do` raises; `undone` says what that means."""
    while True:
        try:
            await do()
        except PASSING as error:
            logger.warning("%s: %r", undone, error)
        except Exception:
            logger.exception(undone)
        await asyncio.sleep(seconds)
