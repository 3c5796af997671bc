"""Two generations of a view beside each other, at one place in the log.

Equal digests prove themselves: had one of the two moved meanwhile, they would differ. A difference
counts once nothing has moved for a while: a worker may not know yet that the view is held, or
finish a batch that it had begun.

What waits for a view waits in vain while it is held. So where comparing takes long, the live view
goes on as soon as it need not stand still any more, and both have to meet again before a switch.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

from events.tasks import cancel_all
from projections.stores import Stores
from projections.view import Digest
from streams.places import Place, stand_at
from streams.rebuilding import builds
from streams.rebuilding.builds import Build
from streams.rebuilding.copies import has_copies
from streams.rebuilding.meeting import Feeds, NotMet, Two, meet
from streams.rebuilding.sides import Sides, side

LONG_SECONDS = 1.0
"""Gateways wait five times as long for a view."""

CERTAIN_SECONDS = 3.0
TRIES = 10


class Compared(Struct, frozen=True):
    """Both sides are open for as long as it is at hand."""

    place: Place
    live: Digest
    rebuilt: Digest
    sides: Sides

    @property
    def equal(self) -> bool:
        return self.live == self.rebuilt


@asynccontextmanager
async def comparison(
    stores: Stores, build: Build, live: int, two: Two, feeds: Feeds
) -> AsyncIterator[Compared]:
    """To be called while `held`. Raises `NotMet`."""
    still = 0.0
    for _ in range(TRIES):
        place = await meet(stores.postgres, build, two, feeds, still=still)
        async with (
            side(stores, two.live, live) as one,
            side(stores, two.rebuilt, build.generation) as other,
        ):
            sides, certain = Sides(one, other), one.exact or still > 0
            compare = _at_one_moment if one.one_moment else _standing
            compared = await compare(stores, build, two, place, sides, certain=certain)
            if compared is not None and (compared.equal or certain):
                yield compared
                return
        if compared is not None:
            still = CERTAIN_SECONDS
    raise NotMet(f"{build.view} does not stand still: compare it when less is written")


async def _at_one_moment(
    stores: Stores, build: Build, two: Two, place: Place, sides: Sides, *, certain: bool
) -> Compared | None:
    """None where that moment was another one. What differs for certain is yet to be found, which
    takes long."""
    if not await stand_at(two.all, place):
        return None
    digesting = [asyncio.create_task(side.digest()) for side in sides]
    try:
        _, late = await asyncio.wait(digesting, timeout=LONG_SECONDS)
        if late:
            await builds.let_go(stores.postgres, build)
        live, rebuilt = [await one for one in digesting]
    finally:
        await cancel_all(digesting)
    if certain and live != rebuilt:
        await builds.let_go(stores.postgres, build)
    return Compared(place, live, rebuilt, sides)


async def _standing(
    stores: Stores, build: Build, two: Two, place: Place, sides: Sides, *, certain: bool
) -> Compared | None:
    """None where one has moved meanwhile. Held to the end where keys are yet to be compared."""
    now = asyncio.get_running_loop().time
    began = now()
    live = await sides.live.digest()
    if not await stand_at(two.held, place):
        return None
    if now() - began > LONG_SECONDS and not certain and not has_copies(build.view):
        await builds.let_go(stores.postgres, build)
    rebuilt = await sides.rebuilt.digest()
    if not await stand_at([two.rebuilt], place):
        return None
    return Compared(place, live, rebuilt, sides)
