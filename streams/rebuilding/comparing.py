"""Two generations of a view beside each other, at one place in the log.

Equal digests prove themselves: had one of the two moved meanwhile, they would differ. A difference
counts once nothing has moved for a while: a worker may not know yet that the view is held, or
finish a batch that it had begun.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from msgspec import Struct

from events.tasks import cancel_all
from projections.postgres import TRANSIENT, Pool
from projections.view import Digest, View
from schemas.explained import Explained
from streams.lag import reached
from streams.places import Place, furthest, of_view, stand_at
from streams.rebuilding import builds
from streams.rebuilding.builds import HOLD_SECONDS, Build
from streams.rebuilding.claims import Alone
from streams.rebuilding.filling import FeedOf, bring

logger = logging.getLogger(__name__)

WORKERS_SECONDS = 3.0
"""So long the live workers have to come to a place, before they get help."""

ALONE_SECONDS = 60.0
"""And so long where they get none."""

CERTAIN_SECONDS = 3.0
MEET_SECONDS = 300.0
PAUSE_SECONDS = 0.2


class Feeds(NamedTuple):
    """What brings each of the two up. Without one for `live`, that is the workers' matter alone:
    this process may have another handler.
    """

    rebuilt: FeedOf
    live: FeedOf | None


class NotMet(Explained):
    """The generations cannot be compared now; the text says why."""


class Compared(Struct, frozen=True):
    """No digests were taken where nothing was to be compared."""

    place: Place
    live: Digest | None = None
    rebuilt: Digest | None = None

    @property
    def equal(self) -> bool:
        return self.live == self.rebuilt


@asynccontextmanager
async def held(pool: Pool, build: Build) -> AsyncIterator[None]:
    """Renews the hold of the build within the block, and ends it afterwards."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(HOLD_SECONDS / 4)
            try:
                await builds.renew(pool, build)
            except TRANSIENT as error:
                logger.warning("the live view may not be held any more: %r", error)

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        await cancel_all([renewing])
        await builds.release(pool, build)


async def meet(
    pool: Pool,
    build: Build,
    rebuilt: View,
    live: View,
    used: Sequence[View],
    feeds: Feeds,
    *,
    compare: bool,
) -> Compared:
    """Brings the generations, and the views that both use, to one place, and compares them.

    To be called while `held`. Raises `NotMet`.
    """
    views = [rebuilt, live, *used]
    loop = asyncio.get_running_loop()
    last, since, end = None, 0.0, loop.time() + MEET_SECONDS
    while loop.time() < end:
        place = furthest([await view.checkpoints() for view in views])
        await builds.hold(pool, build, place)
        for view in (live, *used):
            await _come_to(view, place, feeds.live)
        await bring(rebuilt, of_view(rebuilt, place), feeds.rebuilt, Alone())
        if await stand_at(views, place):
            found = Compared(place)
            if compare:
                began = loop.time()
                found = Compared(place, await live.digest(), await rebuilt.digest())
                end += loop.time() - began  # which takes as long as there are rows
            if found.equal and await stand_at(views, place):
                return found
            if found != last:
                last, since = found, loop.time()
            elif loop.time() - since >= CERTAIN_SECONDS:
                return found
        await asyncio.sleep(PAUSE_SECONDS)
    raise NotMet(f"{build.view} does not stand still: compare it when less is written")


def not_fed(view: View) -> NotMet:
    return NotMet(f"{view.name} is behind the log, and no worker brings it up: see ./birdlog lag")


async def _come_to(view: View, place: Place, feed_of: FeedOf | None) -> None:
    patience = ALONE_SECONDS if feed_of is None else WORKERS_SECONDS
    try:
        await reached(view, of_view(view, place), seconds=patience)
    except TimeoutError as error:
        if feed_of is None:
            raise not_fed(view) from error
        await bring(view, of_view(view, place), feed_of, Alone())
