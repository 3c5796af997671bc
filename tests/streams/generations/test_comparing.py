"""How long the live view stands still, and what is compared when it does not."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from events.log import Log
from projections import generations
from projections.registry import VIEWS
from projections.stores import Stores
from projections.view import Digest, View
from schemas.events import Event, ListCreated
from streams.dead_letters import DeadLetters
from streams.rebuilding import builds, comparing, meeting
from streams.rebuilding.building import Rebuilt, fill, rebuild
from streams.rebuilding.builds import Purpose
from streams.rebuilding.sides import Side, side
from tests.projections.memory_log import fresh_number, posted
from tests.streams.aviary import SECONDS, Aviary

pytestmark = pytest.mark.usefixtures("nobody_reads")


class Paused:
    """Sides of which one waits, when its digest is taken, until it may go on."""

    def __init__(self, generation: int) -> None:
        self.generation = generation
        self.begun, self.may_go_on = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def side(self, stores: Stores, view: View, generation: int) -> AsyncIterator[Side]:
        async with side(stores, view, generation) as one:

            async def digest() -> Digest:
                if generation == self.generation:
                    self.begun.set()
                    await self.may_go_on.wait()
                return await one.digest()

            yield one._replace(digest=digest)


def a_list() -> ListCreated:
    number = fresh_number()
    return ListCreated(
        event_id=number, at=1, actor=1, request_id="", list_id=number, name="birds"
    )  # fmt: skip


def a_tweet() -> Event:
    return posted(fresh_number(), 1)


async def built(aviary: Aviary, name: str, purpose: Purpose = "rebuild") -> Rebuilt:
    return await rebuild(
        aviary.stores, aviary.servers.kafka, name, lambda *_: None, purpose=purpose
    )


async def live(aviary: Aviary, name: str) -> View:
    return VIEWS[name](aviary.stores, await generations.current(aviary.stores.postgres))


async def follow(aviary: Aviary, log: Log, *names: str) -> None:
    """The live generations come to the end of the log, as by a worker."""
    for name in names:
        view = await live(aviary, name)
        await fill(view, aviary.servers.kafka, DeadLetters(log), lambda *_: None)


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await condition():
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("name", "used", "make"),
    [("lists", (), a_list), ("search", ("counters",), a_tweet), ("tweets", (), a_tweet)],
)
async def test_the_live_view_goes_on_while_a_long_comparison_lasts(
    aviary: Aviary,
    log: Log,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    used: tuple[str, ...],
    make: Callable[[], Event],
) -> None:
    pool = aviary.stores.postgres
    await log.append(make())
    await follow(aviary, log, *used, name)
    before = await live(aviary, name)
    stood = await before.checkpoints()
    paused = Paused((await generations.kept(pool, name)).current + 1)
    monkeypatch.setattr(comparing, "side", paused.side)
    monkeypatch.setattr(comparing, "LONG_SECONDS", 0.0)
    for module in (builds, meeting):
        monkeypatch.setattr(module, "HOLD_SECONDS", 0.5)

    async def nobody_is_held() -> bool:
        return not (await builds.present(pool))[1]

    rebuilding = asyncio.create_task(built(aviary, name))
    try:
        async with asyncio.timeout(SECONDS):
            await paused.begun.wait()
        await until(nobody_is_held)
        await asyncio.sleep(builds.HOLD_SECONDS + 0.1)
        build = await builds.under_way(pool, name)
        assert build is not None
        assert await builds.state(pool, build) == "comparing", "nobody else begins to fill it"
        place = await log.append(make())
        await follow(aviary, log, *used, name)
        paused.may_go_on.set()
        found = await rebuilding
    finally:
        paused.may_go_on.set()
        await asyncio.gather(rebuilding, return_exceptions=True)
    assert (found.outcome, found.generation) == ("switched", paused.generation)
    assert found.end is not None
    assert found.end.place == {str(partition): offset for partition, offset in stood.items()}
    assert (await (await live(aviary, name)).checkpoints())[place.partition] > place.offset


async def test_a_view_is_held_while_it_is_to_stand_still(
    aviary: Aviary, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MongoDB shows no moment that is over."""
    pool = aviary.stores.postgres
    await follow(aviary, log, "tweets")
    paused = Paused((await generations.kept(pool, "tweets")).current)
    monkeypatch.setattr(comparing, "side", paused.side)
    monkeypatch.setattr(comparing, "LONG_SECONDS", 0.0)
    rebuilding = asyncio.create_task(built(aviary, "tweets", "shadow"))
    try:
        async with asyncio.timeout(SECONDS):
            await paused.begun.wait()
        assert "tweets" in (await builds.present(pool))[1]
    finally:
        paused.may_go_on.set()
        found = await rebuilding
    assert found.outcome == "equal"


@pytest.mark.parametrize(
    ("name", "used", "make", "certain"),
    [("lists", (), a_list, 1), ("search", ("counters",), a_tweet, 3)],
)
async def test_what_the_live_view_learns_meanwhile_is_no_difference(
    aviary: Aviary,
    log: Log,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    used: tuple[str, ...],
    make: Callable[[], Event],
    certain: int,
) -> None:
    """`certain` is the digest with which that comparison begins whose differences count."""
    pool = aviary.stores.postgres
    await log.append(make())
    await follow(aviary, log, *used, name)
    planted = await _plant(aviary, name)
    sides = 0

    @asynccontextmanager
    async def learning(stores: Stores, view: View, generation: int) -> AsyncIterator[Side]:
        nonlocal sides
        async with side(stores, view, generation) as one:

            async def digest() -> Digest:
                nonlocal sides
                sides += 1
                if sides == certain:
                    await until(nobody_is_held)
                    await log.append(make())
                    await follow(aviary, log, *used, name)
                return await one.digest()

            yield one._replace(digest=digest)

    async def nobody_is_held() -> bool:
        return not (await builds.present(pool))[1]

    with monkeypatch.context() as patched:
        patched.setattr(comparing, "side", learning)
        patched.setattr(comparing, "LONG_SECONDS", 0.0)
        patched.setattr(comparing, "CERTAIN_SECONDS", 0.1)
        found = await built(aviary, name, "shadow")
    assert found.outcome == "differs"
    assert found.end is not None
    assert [one.key for one in found.end.first] == [planted]
    assert found.end.differences == 1
    await _pull_out(aviary, name)
    assert (await built(aviary, name, "shadow")).outcome == "equal"


async def _plant(aviary: Aviary, name: str) -> str:
    """A row that the log does not tell of; returns what it is called."""
    at = (await generations.current(aviary.stores.postgres))[name]
    if name == "lists":
        await aviary.stores.postgres.execute(f"INSERT INTO lists_g{at}.listed VALUES (1, 5)")
        return "listed 1"
    row = {"id": 1, "username": "nobody", "words": ["nobody"]}
    await aviary.stores.search.index(index=f"search-users-g{at}", id="1", document=row)
    return "user 1"


async def _pull_out(aviary: Aviary, name: str) -> None:
    at = (await generations.current(aviary.stores.postgres))[name]
    if name == "lists":
        await aviary.stores.postgres.execute(f"DELETE FROM lists_g{at}.listed WHERE user_id = 1")
    else:
        await aviary.stores.search.delete(index=f"search-users-g{at}", id="1")


async def test_mongodb_is_held_until_the_keys_that_differ_are_found(
    aviary: Aviary, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool, tweets = aviary.stores.postgres, aviary.stores.mongo
    await log.append(a_tweet())
    await follow(aviary, log, "tweets")
    at = (await generations.current(pool))["tweets"]
    await tweets[f"tweets_g{at}_aliases"].insert_one({"_id": 5, "tweet": 7})
    held: list[bool] = []

    @asynccontextmanager
    async def looking(stores: Stores, view: View, generation: int) -> AsyncIterator[Side]:
        async with side(stores, view, generation) as one:

            async def entries() -> AsyncIterator[tuple[str, object]]:
                held.append("tweets" in (await builds.present(pool))[1])
                async for entry in one.entries():
                    yield entry

            yield one._replace(entries=entries)

    with monkeypatch.context() as patched:
        patched.setattr(comparing, "side", looking)
        patched.setattr(comparing, "LONG_SECONDS", 0.0)
        patched.setattr(comparing, "CERTAIN_SECONDS", 0.1)
        found = await built(aviary, "tweets", "shadow")
    await tweets[f"tweets_g{at}_aliases"].delete_one({"_id": 5})
    assert found.outcome == "differs"
    assert held
    assert all(held)
