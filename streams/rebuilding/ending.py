"""The end of a build: compared, and switched to or removed."""

import asyncio
from contextlib import AsyncExitStack
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from projections import generations
from projections.registry import VIEWS
from projections.stores import Stores
from projections.view import View
from schemas.dead_letters import DeadLetter
from streams.audit.differences import Difference
from streams.dead_letters import DeadLetters
from streams.places import Place, log_ends, of_view
from streams.rebuilding import builds, set_aside
from streams.rebuilding.builds import Build
from streams.rebuilding.claims import Alone, alone_with
from streams.rebuilding.comparing import comparison
from streams.rebuilding.filling import FeedOf, bring, feeding
from streams.rebuilding.findings import findings, go_on
from streams.rebuilding.meeting import Feeds, Two, held, meet
from streams.rebuilding.removing import remove
from streams.rebuilding.set_aside import SetAsideBeside
from streams.rebuilding.switching import Successor, settle, switch
from streams.rebuilding.using import with_used

SUCCESSION_SECONDS = 1.0
"""Within this all gateways read a new generation: they look four times in it."""

KNOWN_SECONDS = 0.5
"""Workers look four times a second whether a view is held: none of them makes something visible
after this that the generation which is then read does not have."""

EVERY_VIEW = "*"
"""Only one build at a time is compared: two could hold each other's views at other places."""

Outcome = Literal["switched", "equal", "differs", "helped"]


class Ended(Struct, frozen=True):
    """`place` is where both generations were compared; the digests are empty if they were not.

    Of `differences` keys the first are named: `wanted` is what the live generation held there.
    `set_aside` is what the build could not apply. `copies` is how many were compared of the keys
    that are there because somebody reads; None where there are none, or nothing was compared.
    """

    outcome: Outcome
    place: dict[str, int]
    live: str
    rebuilt: str
    set_aside: list[DeadLetter] = []
    differences: int = 0
    first: list[Difference] = []
    copies: int | None = None


async def end(
    stores: Stores,
    bootstrap: str,
    build: Build,
    feed_of: FeedOf,
    near: FeedOf,
    letters: DeadLetters,
    show: int,
) -> Ended:
    """Raises `NotMet`, and `Overtaken` by another process, with nothing changed."""
    pool = stores.postgres
    async with AsyncExitStack() as opened:
        async with alone_with(pool, EVERY_VIEW), held(pool, build):
            before = await generations.kept(pool, build.view)
            at = await generations.current(pool)  # while it waited, another one may have switched
            live, used = await opened.enter_async_context(with_used(stores, build.view, at))
            rebuilt = VIEWS[build.view](stores, at.with_({build.view: build.generation}))
            opened.push_async_callback(rebuilt.close)
            two, beside = Two(live, rebuilt, used), SetAsideBeside(pool, before.current, letters)
            feed_live, feed_last = feeding(bootstrap, letters), feeding(bootstrap, beside)
            feeds = Feeds(near, feed_of, None if build.purpose == "shadow" else feed_live)
            if build.is_compared:
                ended = await _judged(stores, bootstrap, build, before.current, two, feeds, show)
            else:
                ended = Ended("switched", {}, live="", rebuilt="")
            if ended.outcome == "switched":
                place = await meet(pool, build, two, feeds, still=KNOWN_SECONDS)
                aside = await set_aside.kept(pool, build.view, build.generation)
                ended = replace(ended, place=ended.place or _told(live, place), set_aside=aside)
                read = await switch(stores, bootstrap, letters, [Successor(build, before)])
            else:
                await builds.condemn(pool, build)  # still ours: nobody begins to fill it
        if ended.outcome == "switched":
            await _succeed(bootstrap, live, feed_last)
            await settle(bootstrap, letters, read)
    await remove(stores, build)
    return ended


async def _judged(
    stores: Stores, bootstrap: str, build: Build, live: int, two: Two, feeds: Feeds, show: int
) -> Ended:
    async with comparison(stores, build, live, two, feeds) as compared:
        found = await findings(stores, build, live, compared, show)
    if unsure := found.unsure:
        await go_on(stores, bootstrap, build, two, feeds.rebuilt)
        async with comparison(stores, build, live, two, feeds) as compared:
            found = await findings(stores, build, live, compared, show, unsure)
    alike: Outcome = "equal" if build.purpose == "shadow" else "switched"
    return Ended(
        "differs" if found.count else alike,
        _told(two.live, compared.place),
        str(compared.live),
        str(compared.rebuilt),
        await set_aside.kept(stores.postgres, build.view, build.generation),
        found.count,
        found.first[:show],
        found.copies.compared if found.copies else None,
    )


def _told(view: View, place: Place) -> dict[str, int]:
    return {str(p): offset for p, offset in sorted(of_view(view, place).items())}


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
