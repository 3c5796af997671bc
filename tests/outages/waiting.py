"""Waiting for what comes back by itself."""

import asyncio
from collections.abc import Awaitable, Callable

from tests.person import Person, Reply

BACK_SECONDS = 90.0


async def until_status(status: int, call: Callable[[], Awaitable[Reply]]) -> Reply:
    """The first reply that has the status; `TimeoutError` when it takes too long."""
    async with asyncio.timeout(BACK_SECONDS):
        while True:
            reply = await call()
            if reply.status == status:
                return reply
            assert reply.status == 503, reply.body
            await asyncio.sleep(0.1)


async def until_home_shows(person: Person, tweet_ids: list[str]) -> None:
    person.seen.clear()
    await until_page_shows(lambda: person.home(max_results="100"), tweet_ids)


async def until_page_shows(call: Callable[[], Awaitable[Reply]], tweet_ids: list[str]) -> None:
    """A store that lost its data answers with too little until its view has healed."""
    async with asyncio.timeout(BACK_SECONDS):
        while True:
            reply = await call()
            assert reply.status in (200, 503), reply.body
            if [tweet["id"] for tweet in reply.body.get("data", [])] == tweet_ids:
                return
            await asyncio.sleep(0.1)
