"""Filling a view from others that it uses, for as long as those are read and fed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager

from events.positions import Partition
from events.tasks import cancel_all
from projections.generations import Generations
from projections.registry import VIEWS, used_by
from projections.stores import Stores
from projections.view import View
from streams.places import Place, of_view
from streams.rebuilding.builds import Hold
from streams.rebuilding.meeting import ALONE_SECONDS, not_fed

LOOK_SECONDS = 0.5


@asynccontextmanager
async def with_used(
    stores: Stores, name: str, at: Generations
) -> AsyncIterator[tuple[View, list[View]]]:
    """A view, and those that it uses beside itself, which are to be looked at only."""
    view, *used = (VIEWS[one](stores, at) for one in used_by(name))
    try:
        yield view, used
    finally:
        for one in (view, *used):
            await one.close()


async def while_used(
    view: View,
    used: Sequence[View],
    at: Generations,
    now: Callable[[], Awaitable[tuple[Generations, Mapping[str, Hold]]]],
    place: Mapping[Partition, int],
    work: Coroutine[None, None, None],
) -> bool:
    """Ends the work, which brings `view` to `place`, and is false, when one of the `used` views is
    read at another generation than `at`: the one at hand gets nothing more, and goes. `now` is as
    `builds.present` says.

    Raises `NotMet` when nothing has moved for `ALONE_SECONDS` and a used view is behind the place,
    and is not held for a comparison: the work would wait for it for ever.
    """
    task = asyncio.create_task(work)
    still = _Standstill([view, *used])
    try:
        while True:
            done, _ = await asyncio.wait({task}, timeout=LOOK_SECONDS)
            if done:
                await task
                return True
            read, holds = await now()
            if any(read[one.name] != at[one.name] for one in used):
                return False
            if any(one.name in used_by(built) for built in holds for one in used):
                still.begin()
            elif used and await still.seconds() > ALONE_SECONDS:
                for one in used:
                    stored = await one.checkpoints()
                    if any(stored.get(p, 0) < end for p, end in of_view(one, place).items()):
                        raise not_fed(one)
    finally:
        await cancel_all([task])


class _Standstill:
    """Since when none of the views has moved."""

    def __init__(self, views: Sequence[View]) -> None:
        self._views = views
        self.begin()

    def begin(self) -> None:
        self._last: list[Place | None] = []
        self._since = asyncio.get_running_loop().time()

    async def seconds(self) -> float:
        now = asyncio.get_running_loop().time()
        stand = [await _stand(view) for view in self._views]
        if None in stand or stand != self._last:
            self._last, self._since = stand, now
        return now - self._since


async def _stand(view: View) -> Place | None:
    """None where its store is away: whoever fills it sees the same, and goes on."""
    try:
        return await view.checkpoints()
    except view.transient:
        return None
