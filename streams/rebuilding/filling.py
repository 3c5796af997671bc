"""Bringing a view to a place in the log, together with whoever else does the same."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from math import ceil
from typing import NamedTuple, Protocol

from events.positions import Partition
from events.tasks import cancel_all
from projections.view import View
from streams.feed import Feed
from streams.lag import reached

LOOK_SECONDS = 0.25
IDLE_SECONDS = 0.05
"""Between two looks of one who has nothing to do but to wait for the others."""

AT_ONCE = 6
"""Partitions: two more than have a batch applied at a time, which are read meanwhile."""

SETTLE_SECONDS = 600.0

FeedOf = Callable[[View, Partition], Feed]


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
    done its part, others leave some in which there is more to do than they have begun, and those of
    one that dies are taken over. The view's topics come in its order, as far as that goes. Raises
    the store's errors, and `TimeoutError` when what a batch leaves behind does not settle in
    `SETTLE_SECONDS`.
    """
    working: dict[Partition, Work] = {}
    try:
        while open_ := await _open(view, place):
            part = min(AT_ONCE, ceil(len(open_) / await by.sharers()))
            mine = [partition for partition in working if partition in open_]  # others are done
            await _leave(working, _longest(working, open_)[: max(0, len(mine) - part)], by)
            room = part - len(mine)
            for partition, end in open_.items():
                if partition not in working and room > 0 and await by.take(partition):
                    room -= 1
                    feed = feed_of(view, partition)
                    working[partition] = Work(feed, asyncio.create_task(_catch_up(view, feed, end)))
            if working:
                await asyncio.wait(
                    [work.task for work in working.values()],
                    timeout=LOOK_SECONDS,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            else:
                await asyncio.sleep(IDLE_SECONDS)
            for partition in [p for p, work in working.items() if work.task.done()]:
                await working.pop(partition).task
                await by.leave(partition)
    finally:
        await _leave(working, list(working), by)


def _longest(working: Mapping[Partition, Work], open_: Mapping[Partition, int]) -> list[Partition]:
    """Those with more left than one batch, which is under way; that with the most left first."""
    left = {p: open_[p] - work.feed.position for p, work in working.items() if p in open_}
    long = [p for p in left if left[p] > working[p].feed.most]
    return sorted(long, key=lambda p: left[p], reverse=True)


async def _leave(working: dict[Partition, Work], left: Iterable[Partition], by: Sharing) -> None:
    """At once, in the middle of a batch: views stand a crash, and so they stand this."""
    for partition in left:
        await cancel_all([working.pop(partition).task])
        await by.leave(partition)


async def _open(view: View, place: Mapping[Partition, int]) -> dict[Partition, int]:
    stored = await view.checkpoints()
    order = {topic.name: number for number, topic in enumerate(view.topics)}
    return {
        partition: place[partition]
        for partition in sorted(place, key=lambda one: order[one.topic])
        if stored.get(partition, 0) < place[partition]
    }


async def _catch_up(view: View, feed: Feed, end: int) -> None:
    feed.position = (await view.checkpoints()).get(feed.partition, 0)
    await feed.catch_up(end)
    await reached(view, {feed.partition: end}, seconds=SETTLE_SECONDS)
