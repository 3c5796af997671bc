"""Building a view anew from the log, beside the one that is read, and then switching."""

import asyncio
import time
from collections.abc import Callable

from msgspec import Struct

from events.log import Log
from events.reader import ends, observer, partitions
from projections import generations
from projections.generations import Generations
from projections.registry import VIEWS
from projections.stores import Stores
from projections.view import View
from streams.dead_letters import DeadLetters
from streams.feed import Feed
from streams.lag import reached

Progress = Callable[[int, int], None]
"""Called with the records done and the records known."""

SETTLE_SECONDS = 600.0


class RebuildRunning(RuntimeError):
    """Somebody else builds this view anew."""


class Rebuilt(Struct, frozen=True):
    view: str
    generation: int
    events: int
    seconds: float
    events_per_second: float


async def rebuild(stores: Stores, bootstrap: str, name: str, progress: Progress) -> Rebuilt:
    """Reads the log from offset 0 into a new generation and makes that the one that is read.

    The two generations before stay, for readers that have not noticed yet, until later rebuilds.
    Raises `RebuildRunning`.
    """
    async with stores.postgres.acquire() as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_lock(hashtext($1))", name):
            raise RebuildRunning(f"{name} is being rebuilt already")
        try:
            return await _rebuild(stores, bootstrap, name, progress)
        finally:
            await connection.execute("SELECT pg_advisory_unlock(hashtext($1))", name)


async def _rebuild(stores: Stores, bootstrap: str, name: str, progress: Progress) -> Rebuilt:
    at = await generations.current(stores.postgres)
    generation = at[name] + 1
    for unused in {generation, *range(max(1, generation - 4), generation - 2)}:
        await _view(stores, at, name, unused).drop()
    view = _view(stores, at, name, generation)
    async with Log(bootstrap) as log:
        started = time.monotonic()
        events = await fill(view, bootstrap, DeadLetters(log), progress)
        seconds = time.monotonic() - started
    await generations.switch(stores.postgres, name, generation)
    return Rebuilt(name, generation, events, seconds, events / seconds if seconds else 0.0)


async def fill(view: View, bootstrap: str, dead_letters: DeadLetters, progress: Progress) -> int:
    """Applies what is on the log now to an empty view, and returns how many records that was."""
    await view.prepare()
    found = await partitions(bootstrap, [topic.name for topic in view.topics])
    async with observer(bootstrap) as consumer:
        end = await ends(consumer, found)
    total = sum(end.values())
    feeds = [Feed(view, partition, bootstrap, dead_letters) for partition in found]

    async def report() -> None:
        while True:
            progress(sum(feed.position for feed in feeds), total)
            await asyncio.sleep(0.1)

    reporting = asyncio.create_task(report())
    try:
        async with asyncio.TaskGroup() as group:
            for feed in feeds:
                group.create_task(feed.catch_up(end[feed.partition]))
        await reached(view, end, seconds=SETTLE_SECONDS)
    finally:
        reporting.cancel()
        await view.close()
    progress(total, total)
    return total


def _view(stores: Stores, at: Generations, name: str, generation: int) -> View:
    return VIEWS[name](stores, Generations({**at, name: generation}))
