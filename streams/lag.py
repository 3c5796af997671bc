"""How far each view is behind the log."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct

from events.observer import observer
from events.positions import Partition
from events.reader import ends, partitions
from projections import generations
from projections.registry import VIEWS
from projections.stores import Stores
from projections.view import View

POLL_SECONDS = 0.02


class Lag(Struct, frozen=True):
    """One partition of one view. `behind` in events (control records count), `rate` in events/s."""

    view: str
    topic: str
    partition: int
    offset: int
    end: int
    behind: int
    rate: float


class Lags(Struct, frozen=True):
    views: list[Lag]


async def measure(
    stores: Stores, bootstrap: str, names: Sequence[str], *, sample_seconds: float = 0.0
) -> Lags:
    """The lag of the named views now; with a sample time, also the rate over it."""
    at = await generations.current(stores.postgres)
    views = [VIEWS[name](stores, at) for name in names]
    first = await asyncio.gather(*(view.checkpoints() for view in views))
    if sample_seconds:
        await asyncio.sleep(sample_seconds)
    topics = sorted({topic.name for view in views for topic in view.topics})
    async with observer(bootstrap) as consumer:
        end = await ends(consumer, await partitions(bootstrap, topics))
    now = await asyncio.gather(*(view.checkpoints() for view in views))
    return Lags(
        [
            _lag(view, partition, before, after, end[partition], sample_seconds)
            for view, before, after in zip(views, first, now, strict=True)
            for partition in sorted(end)
            if partition.topic in {topic.name for topic in view.topics}
        ]
    )


def _lag(
    view: View,
    partition: Partition,
    before: dict[Partition, int],
    after: dict[Partition, int],
    end: int,
    seconds: float,
) -> Lag:
    offset = after.get(partition, 0)
    rate = (offset - before.get(partition, 0)) / seconds if seconds else 0.0
    return Lag(view.name, *partition, offset, end, max(0, end - offset), rate)


async def caught_up(
    stores: Stores, bootstrap: str, names: Sequence[str] = tuple(VIEWS), *, seconds: float
) -> None:
    """Waits until the views hold all that is on the log now. Raises `TimeoutError`."""
    at = await generations.current(stores.postgres)
    async with observer(bootstrap) as consumer:
        for view in (VIEWS[name](stores, at) for name in names):
            found = await partitions(bootstrap, [topic.name for topic in view.topics])
            await reached(view, await ends(consumer, found), seconds=seconds)


async def reached(view: View, offsets: Mapping[Partition, int], *, seconds: float) -> None:
    """Waits until the view holds everything before `offsets`. Raises `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while _misses(await view.checkpoints(), offsets):
            await asyncio.sleep(POLL_SECONDS)


def _misses(stored: Mapping[Partition, int], offsets: Mapping[Partition, int]) -> bool:
    return any(stored.get(partition, 0) < offset for partition, offset in offsets.items())
