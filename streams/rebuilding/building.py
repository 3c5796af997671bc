"""Building a generation beside the one that is read, by one process or several."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial

from msgspec import Struct

from events.log import Log
from events.reader import partitions
from events.topic_generations import look_up
from projections import generations
from projections.stores import Stores
from projections.view import View, prepare_to_fill
from schemas.topics import GRAPH
from streams.dead_letters import DeadLetters, SetAside
from streams.places import Place, log_ends
from streams.rebuilding import builds, set_aside
from streams.rebuilding.builds import Build, NothingKept, OtherBuild, Overtaken, Purpose
from streams.rebuilding.claims import Alone, Claims, alone_with, sharing
from streams.rebuilding.crew import Crew
from streams.rebuilding.ending import Ended, Outcome, end
from streams.rebuilding.filling import FeedOf, bring, feeding
from streams.rebuilding.homes import open_homes
from streams.rebuilding.keeping import give_up
from streams.rebuilding.meeting import NEAR_SECONDS
from streams.rebuilding.progress import Progress, reporting
from streams.rebuilding.removing import at_generation, clear
from streams.rebuilding.set_aside import SetAsideBeside
from streams.rebuilding.using import while_used, with_used
from streams.subscriptions import subscription
from streams.turns import Bulk, Turns

LOOK_SECONDS = 0.5


class Rebuilt(Struct, frozen=True):
    """`events` are all that the generation holds, `events_per_second` how fast it got those that it
    lacked. One that `helped` knows nothing of the end.
    """

    view: str
    generation: int
    outcome: Outcome
    events: int = 0
    seconds: float = 0.0
    events_per_second: float = 0.0
    end: Ended | None = None


async def rebuild(
    stores: Stores,
    bootstrap: str,
    name: str,
    progress: Progress,
    *,
    purpose: Purpose = "rebuild",
    turns: Turns | None = None,
    show: int = 10,
    crew: Crew | None = None,
    restart: bool = False,
) -> Rebuilt:
    """Brings a generation to the end of the log, compares it with the live one, and switches to it.

    What was begun is gone on with, or removed with `restart`. Several processes share the work, the
    `crew` of this one among them; one of them ends it, and the others have helped. Up to `show`
    differing keys are told of.

    Raises `OtherBuild`, `NothingKept`, `NotMet`, and the errors of the stores and of Kafka, after
    any of which it can be started again.
    """
    await _must_read_the_same(stores, bootstrap, name, purpose)
    if restart:
        await give_up(stores, name)
    build = await begun(stores, name, purpose)
    async with sharing(stores.postgres, build) as claims, Log(bootstrap) as log:
        letters = DeadLetters(log)
        beside = SetAsideBeside(stores.postgres, build.generation, letters)
        started, shared = time.monotonic(), turns or Bulk()
        fresh = at_generation(stores, name, build.generation)
        if isinstance(shared, Bulk):
            await prepare_to_fill(fresh)
        else:
            await fresh.prepare()  # an index that is made at once knows no turns
        stood = await _events(fresh)
        if crew is not None:
            crew.fill(build)

        async def lead() -> bool:
            if not await claims.lead():
                return False
            await fresh.prepare()
            return True

        if not await _filled(stores, bootstrap, build, claims, beside, shared, progress, lead):
            return Rebuilt(name, build.generation, "helped")
        seconds, events = time.monotonic() - started, await _events(fresh)
        try:
            feed_of = feeding(bootstrap, beside)
            near = feeding(bootstrap, beside, shared)
            ended = await end(stores, bootstrap, build, feed_of, near, letters, show)
        except Overtaken:
            return Rebuilt(name, build.generation, "helped")
        return Rebuilt(
            name,
            build.generation,
            ended.outcome,
            events=events,
            seconds=seconds,
            events_per_second=(events - stood) / seconds,
            end=ended,
        )


async def help_with(
    stores: Stores, bootstrap: str, build: Build, turns: Turns | None = None
) -> None:
    """Shares the filling until another process has ended the build. Raises as `rebuild`."""
    async with sharing(stores.postgres, build) as claims, Log(bootstrap) as log:
        beside = SetAsideBeside(stores.postgres, build.generation, DeadLetters(log))
        shared = turns or Bulk()
        await _filled(stores, bootstrap, build, claims, beside, shared, lambda *_: None, _never)


async def fill(view: View, bootstrap: str, letters: SetAside, progress: Progress) -> int:
    """Applies what is on the log now to a view of nobody else's; returns its number of records."""
    await prepare_to_fill(view)
    place = await log_ends(bootstrap, view)
    turns = Bulk()
    try:
        async with reporting(view, place, progress):
            await bring(view, place, feeding(bootstrap, letters, turns, filling=True), Alone())
        await view.prepare()
    finally:
        await view.close()
    return sum(place.values())


async def begun(stores: Stores, name: str, purpose: str) -> Build:
    """What is under way with that purpose, or something new. Raises as `builds.begin`."""
    async with alone_with(stores.postgres, name) as connection:
        await clear(connection, stores, name)
        found = await builds.begin(connection, name, purpose)
        if found.new:
            await at_generation(stores, name, found.build.generation).drop()
            await set_aside.forget(connection, name, found.build.generation)
            await builds.note_clean(connection, found.build)
        return found.build


async def _must_read_the_same(stores: Stores, bootstrap: str, name: str, purpose: Purpose) -> None:
    """Both generations are brought to one place, which those of different topics have not.

    Raises `OtherBuild` where the view that is read is yet to follow a topic that has other
    partitions now, and `NothingKept` where the one before has stayed behind.
    """
    kept = await generations.kept(stores.postgres, name)
    topics = await look_up(bootstrap)
    view = at_generation(stores, name, kept.current)
    for topic in (one.name for one in view.topics):
        if topics.is_behind(name, kept.current, topic):
            count = len(await partitions(bootstrap, [topic], topics))
            raise OtherBuild(
                f"{name} is yet to follow {topic}, which has other partitions now:"
                f" run ./birdlog repartition {topic} {count} first"
            )
    if purpose != "rollback" or kept.previous is None:
        return
    if subscription(view, kept.previous, topics) != subscription(view, kept.current, topics):
        raise NothingKept(
            f"the generation of {name} before the one that is read was made from topics with"
            " another number of partitions: remove it with --drop-old"
        )


async def _events(view: View) -> int:
    return sum((await view.checkpoints()).values())


async def _never() -> bool:
    return False


async def _filled(
    stores: Stores,
    bootstrap: str,
    build: Build,
    claims: Claims,
    letters: SetAside,
    turns: Turns,
    progress: Progress,
    lead: Callable[[], Awaitable[bool]],
) -> bool:
    """Fills until there is little left, and this process is the one to end the build.

    False when another one has ended it. Raises as `while_used`.
    """
    now, bulk = partial(builds.present, stores.postgres), isinstance(turns, Bulk)
    feed_of = feeding(bootstrap, letters, turns, filling=bulk)
    while (state := await builds.state(stores.postgres, build)) is not None:
        began = time.monotonic()
        if state == "filling":
            at, _ = await now()
            fresh = at.with_({build.view: build.generation})
            async with with_used(stores, build.view, fresh) as (view, used):
                if bulk:
                    await prepare_to_fill(view)
                place = await log_ends(bootstrap, view)
                async with reporting(view, place, progress):
                    filling = _fill(stores, build, at[build.view], view, place, feed_of, claims)
                    done = await while_used(view, used, at, now, place, filling)
            if done and _is_near(began) and await lead() and _is_near(began):
                return True
        await asyncio.sleep(max(0.0, began + LOOK_SECONDS - time.monotonic()))
    return False


async def _fill(
    stores: Stores,
    build: Build,
    live: int,
    view: View,
    place: Place,
    feed_of: FeedOf,
    claims: Claims,
) -> None:
    """Homes are dropped by an unfollow, and by a follow they get what was posted before: those that
    are to show what a fan-out delivers are opened when the follows are there, before the tweets.
    """
    if view.name == "timelines" and build.is_compared:
        follows = {p: end for p, end in place.items() if p.topic == GRAPH.name}
        await bring(view, follows, feed_of, claims)
        async with alone_with(stores.postgres, build.view):
            if follows.keys() >= (await view.checkpoints()).keys():
                await open_homes(stores, live, build.generation)
    await bring(view, place, feed_of, claims)


def _is_near(began: float) -> bool:
    return time.monotonic() - began < NEAR_SECONDS
