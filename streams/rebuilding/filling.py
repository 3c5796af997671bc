"""Bringing a view to a place in the log, together with whoever else does the same."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from math import ceil
from typing import NamedTuple, Protocol

from events.positions import Partition
from events.tasks import cancel_all
from projections.view import View
from streams.dead_letters import SetAside
from streams.feed import Feed
from streams.lag import reached
from streams.turns import Turns

LOOK_SECONDS = 0.25
IDLE_SECONDS = 0.05
"""Between the first looks of one who has nothing to do but to wait for the others; then ever more,
up to `LOOK_SECONDS`."""

AT_ONCE = 6
"""Partitions: two more than have a batch applied at a time, which are read meanwhile."""

SETTLE_SECONDS = 600.0

FeedOf = Callable[[View, Partition], Feed]


def feeding(
    bootstrap: str, letters: SetAside, turns: Turns | None = None, *, filling: bool = False
) -> FeedOf:
    """Feeds that share their turns; with `filling` of a view that nobody reads yet."""
    return lambda view, partition: Feed(view, partition, bootstrap, letters, turns, filling=filling)


class Work(NamedTuple):
    feed: Feed
    task: asyncio.Task[None]


class Sharing(Protocol):
    """Who else is at it, as `claims` says."""

    async def sharers(self) -> int: ...

    async def take(self, partition: Partition) -> bool: ...

    async def leave(self, partition: Partition) -> None: ...


async def bring(view: View, place: Mapping[Partition, int], feed_of: FeedOf, by: Sharing) -> None:
    """Returns once the view, which is prepared, holds everything before `place`.

    Every process that does the same has its part of the partitions. To one that comes later, or has
    done its part, others leave some in which there is more to do than one batch, and those of one
    that dies are taken over. The view's topics come in its order, as far as that goes. Raises the
    store's errors, and `TimeoutError` when what a batch leaves behind does not settle in
    `SETTLE_SECONDS`.
    """
    working: dict[Partition, Work] = {}
    idle = IDLE_SECONDS
    try:
        while left := await _left(view, place):
            part = min(AT_ONCE, ceil(len(left) / await by.sharers()))
            room = part - sum(partition in left for partition in working)  # others are done
            await _leave(working, _longest(working, left)[: max(0, -room)], by)
            for partition in left:
                if partition not in working and room > 0 and await by.take(partition):
                    room -= 1
                    feed = feed_of(view, partition)
                    task = asyncio.create_task(_catch_up(view, feed, place[partition]))
                    working[partition] = Work(feed, task)
            if working:
                idle = IDLE_SECONDS
                await asyncio.wait(
                    [work.task for work in working.values()],
                    timeout=LOOK_SECONDS,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            else:
                await asyncio.sleep(idle)
                idle = min(2 * idle, LOOK_SECONDS)
            for partition in [p for p, work in working.items() if work.task.done()]:
                await working.pop(partition).task
                await by.leave(partition)
    finally:
        await _leave(working, list(working), by)


def _longest(working: Mapping[Partition, Work], left: Mapping[Partition, int]) -> list[Partition]:
    """Those with more left than one batch, which may be under way; that with the most first."""
    long = [p for p, work in working.items() if left.get(p, 0) > work.feed.most]
    return sorted(long, key=lambda p: left[p], reverse=True)


async def _leave(working: dict[Partition, Work], which: Iterable[Partition], by: Sharing) -> None:
    """At once, in the middle of a batch: views stand a crash, and so they stand this."""
    for partition in which:
        await cancel_all([working.pop(partition).task])
        await by.leave(partition)


async def _left(view: View, place: Mapping[Partition, int]) -> dict[Partition, int]:
    """How many offsets the view misses, of each partition that is not done."""
    stored = await view.checkpoints()
    order = {topic.name: number for number, topic in enumerate(view.topics)}
    left = {
        partition: place[partition] - stored.get(partition, 0)
        for partition in sorted(place, key=lambda one: order[one.topic])
    }
    return {partition: many for partition, many in left.items() if many > 0}


async def _catch_up(view: View, feed: Feed, end: int) -> None:
    feed.position = (await view.checkpoints()).get(feed.partition, 0)
    await feed.catch_up(end)
    await reached(view, {feed.partition: end}, seconds=SETTLE_SECONDS)
