"""The end of a build: compared, and switched to or removed."""

import asyncio
from contextlib import AsyncExitStack
from typing import Literal

from msgspec import Struct

from projections import generations
from projections.registry import VIEWS
from projections.stores import Stores
from projections.view import View
from schemas.dead_letters import DeadLetter
from streams.audit.differences import Difference
from streams.dead_letters import DeadLetters
from streams.places import log_ends, of_view
from streams.rebuilding import builds, set_aside
from streams.rebuilding.builds import Build
from streams.rebuilding.claims import Alone, alone_with
from streams.rebuilding.comparing import Compared, Feeds, held, meet
from streams.rebuilding.filling import FeedOf, bring, feeding
from streams.rebuilding.findings import Findings, findings, go_on
from streams.rebuilding.removing import at_generation, remove
from streams.rebuilding.set_aside import SetAsideBeside
from streams.rebuilding.switching import Successor, settle, switch
from streams.rebuilding.using import with_used

SUCCESSION_SECONDS = 1.0
"""Within this all gateways read a new generation: they look four times in it."""

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
            beside = SetAsideBeside(pool, before.current, letters)
            feed_live, feed_last = feeding(bootstrap, letters), feeding(bootstrap, beside)
            compare = build.is_compared
            feeds = Feeds(feed_of, None if build.purpose == "shadow" else feed_live)
            compared = await meet(pool, build, rebuilt, live, used, feeds, compare=compare)
            found = await findings(stores, build, before.current, compared, show)
            if unsure := found.unsure:
                await go_on(stores, bootstrap, build, rebuilt, used, feed_of)
                compared = await meet(pool, build, rebuilt, live, used, feeds, compare=compare)
                found = await findings(stores, build, before.current, compared, show, unsure)
            ended = await _judged(stores, build, before.current, compared, found, show)
            if ended.outcome == "switched":
                read = await switch(stores, bootstrap, letters, [Successor(build, before)])
            else:
                await builds.condemn(pool, build)  # still held: nobody begins to fill it
        if ended.outcome == "switched":
            await _succeed(bootstrap, live, feed_last)
            await settle(bootstrap, letters, read)
    await remove(stores, build)
    return ended


async def _judged(
    stores: Stores, build: Build, live: int, compared: Compared, found: Findings, show: int
) -> Ended:
    view = at_generation(stores, build.view, live)
    place = {str(p): offset for p, offset in sorted(of_view(view, compared.place).items())}
    digests = str(compared.live or ""), str(compared.rebuilt or "")
    aside = await set_aside.kept(stores.postgres, build.view, build.generation)
    alike: Outcome = "equal" if build.purpose == "shadow" else "switched"
    outcome = "differs" if found.count else alike
    copies = found.copies.compared if found.copies else None
    return Ended(outcome, place, *digests, aside, found.count, found.first[:show], copies)


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
