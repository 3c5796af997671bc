"""The end of a build: compared, and switched to or removed."""

import asyncio
from typing import Literal

from msgspec import Struct

from projections import generations
from projections.generations import Generations
from projections.registry import VIEWS, used_by
from projections.stores import Stores
from projections.view import View
from streams.audit.differences import Difference
from streams.rebuilding import builds
from streams.rebuilding.builds import Build
from streams.rebuilding.claims import Alone, alone_with
from streams.rebuilding.comparing import Compared, Feeds, held, meet
from streams.rebuilding.differing import differing
from streams.rebuilding.filling import FeedOf, bring
from streams.rebuilding.places import log_ends, of_view

SUCCESSION_SECONDS = 1.0
"""Within this all gateways read a new generation: they look four times in it."""

EVERY_VIEW = "*"
"""Only one build at a time is compared: two could hold each other's views at other places."""

Outcome = Literal["switched", "equal", "differs", "helped"]


class Ended(Struct, frozen=True):
    """`place` is where both generations were compared; the digests are empty if they were not.

    Of `differences` keys the first are named: `wanted` is what the live generation held there.
    """

    outcome: Outcome
    place: dict[str, int]
    live: str
    rebuilt: str
    differences: int = 0
    first: list[Difference] = []


async def end(
    stores: Stores, bootstrap: str, build: Build, feed_of: FeedOf, feed_live: FeedOf, show: int
) -> Ended:
    """Raises `NotMet`, with nothing changed."""
    pool = stores.postgres
    kept = await generations.kept(pool, build.view)
    at = await generations.current(pool)
    live = VIEWS[build.view](stores, at)
    rebuilt = VIEWS[build.view](stores, Generations({**at, build.view: build.generation}))
    used = [VIEWS[name](stores, at) for name in used_by(build.view)[1:]]
    try:
        async with alone_with(pool, EVERY_VIEW), held(pool, build):
            compare = build.purpose in ("rebuild", "shadow")
            feeds = Feeds(feed_of, None if build.purpose == "shadow" else feed_live)
            compared = await meet(pool, build, rebuilt, live, used, feeds, compare=compare)
            ended = await _judged(stores, build, kept.current, compared, show)
            if ended.outcome == "switched":
                await builds.switch(pool, build)
        if ended.outcome == "switched":
            await _succeed(bootstrap, live, feed_live)
    finally:
        for view in (rebuilt, live, *used):
            await view.close()
    if ended.outcome != "switched":
        await remove(stores, build)
    elif kept.previous is not None and kept.previous != build.generation:
        await at_generation(stores, build.view, kept.previous).drop()
    return ended


async def _judged(stores: Stores, build: Build, live: int, compared: Compared, show: int) -> Ended:
    view = at_generation(stores, build.view, live)
    place = {str(p): offset for p, offset in sorted(of_view(view, compared.place).items())}
    digests = str(compared.live or ""), str(compared.rebuilt or "")
    found = None if compared.equal else await differing(stores, build, live, show)
    if found is not None and found.count:
        return Ended("differs", place, *digests, found.count, found.first)
    return Ended("equal" if build.purpose == "shadow" else "switched", place, *digests)


async def _succeed(bootstrap: str, before: View, feed_of: FeedOf) -> None:
    """Feeds the generation that was read on for as long as gateways may still read it.

    So a request that began with it, and waits for what was just written, does not wait in vain.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + SUCCESSION_SECONDS
    over = False
    while not over:
        over = loop.time() >= until
        await bring(before, await log_ends(bootstrap, before), feed_of, Alone())


def at_generation(stores: Stores, name: str, generation: int) -> View:
    """To be looked at or removed, not to be written: what it uses is at no particular one."""
    return VIEWS[name](stores, Generations({name: generation}))


async def remove(stores: Stores, build: Build) -> None:
    """The generation, and then the row: whoever begins in between removes it again."""
    async with alone_with(stores.postgres, build.view) as connection:
        if await builds.is_worthless(connection, build):
            await at_generation(stores, build.view, build.generation).drop()
        await builds.forget(connection, build.view)
