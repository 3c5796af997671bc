"""Bringing two generations of a view to one place in the log, where the live one is held."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from events.tasks import cancel_all
from projections.postgres import TRANSIENT, Pool
from projections.view import View
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

NEAR_SECONDS = 5.0
"""What comes to the log in the time of so short a round is little to catch up with."""

MEET_SECONDS = 300.0
PAUSE_SECONDS = 0.2


class Feeds(NamedTuple):
    """What brings each of the two up; the one that is built `near` before anybody is held, at the
    pace that was asked for. Without one for `live`, that is the workers' matter alone: this process
    may have another handler.
    """

    near: FeedOf
    rebuilt: FeedOf
    live: FeedOf | None


class Two(NamedTuple):
    """The generations, and the views that both use."""

    live: View
    rebuilt: View
    used: Sequence[View]

    @property
    def held(self) -> list[View]:
        return [self.live, *self.used]

    @property
    def all(self) -> list[View]:
        return [*self.held, self.rebuilt]


class NotMet(Explained):
    """The generations cannot be compared now; the text says why."""


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


async def meet(pool: Pool, build: Build, two: Two, feeds: Feeds, *, still: float = 0.0) -> Place:
    """Brings all of them to one place, where none has moved for `still` seconds.

    To be called while `held`. Nobody is kept from going on before there is little to catch up with.
    Raises `NotMet`.
    """
    now = asyncio.get_running_loop().time
    await _approach(two, feeds.near)
    last: Place | None = None
    since, end = now(), now() + MEET_SECONDS
    while now() < end:
        place = furthest([await view.checkpoints() for view in two.all])
        await builds.hold(pool, build, place)
        for view in two.held:
            await _come_to(view, place, feeds.live)
        await bring(two.rebuilt, of_view(two.rebuilt, place), feeds.rebuilt, Alone())
        stand = place if await stand_at(two.all, place) else None
        if stand != last:
            last, since = stand, now()
        if stand is not None and now() - since >= still:
            return stand
        await asyncio.sleep(PAUSE_SECONDS)
    raise NotMet(f"{build.view} does not stand still: compare it when less is written")


async def _approach(two: Two, feed_of: FeedOf) -> None:
    """To where the others stand, which is before the end of the log where one of them is behind."""
    now = asyncio.get_running_loop().time
    began = now() - NEAR_SECONDS
    while now() - began >= NEAR_SECONDS:
        began = now()
        place = furthest([await view.checkpoints() for view in two.all])
        await bring(two.rebuilt, of_view(two.rebuilt, place), feed_of, Alone())


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
