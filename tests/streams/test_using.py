"""Filling a view from another one that somebody else feeds, or rebuilds."""

import asyncio
from collections.abc import Iterable
from itertools import count, repeat

import pytest

from events.positions import Partition
from projections.generations import Generations
from streams.rebuilding import using
from streams.rebuilding.builds import Hold
from streams.rebuilding.meeting import NotMet
from streams.rebuilding.using import while_used
from tests.streams.remembering import SECONDS, Remembering

HERE = Partition("tweets", 0)
PLACE = {HERE: 10}
LOOKS = 8
AT = Generations(used=3)


class Used(Remembering):
    """`reaches` one place after the other whenever it is looked at."""

    name = "used"

    def __init__(self, reaches: Iterable[int]) -> None:
        super().__init__()
        self._reaches = iter(reaches)

    async def checkpoints(self) -> dict[Partition, int]:
        return {HERE: next(self._reaches)}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(using, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(using, "ALONE_SECONDS", 0.0)


async def filled(used: Used, held: str | None = None) -> bool:
    """With a view that is held for a comparison; the work takes so many looks."""
    looks, looked = count(1), asyncio.Event()

    async def present() -> tuple[Generations, dict[str, Hold]]:
        if next(looks) == LOOKS:
            looked.set()
        return AT, {held: Hold(PLACE, 1.0)} if held else {}

    async def waits() -> None:
        await looked.wait()

    async with asyncio.timeout(SECONDS):
        return await while_used(Remembering(), [used], AT, present, PLACE, waits())


async def test_one_that_nobody_feeds_is_named() -> None:
    with pytest.raises(NotMet, match=r"^used is behind the log, and no worker brings it up"):
        await filled(Used(repeat(9)))


async def test_one_that_moves_is_waited_for() -> None:
    assert await filled(Used(count(-LOOKS)))


@pytest.mark.parametrize("compared", ["graph", "timelines"])
async def test_one_that_is_held_for_a_comparison_is_waited_for(compared: str) -> None:
    """Its own, or that of a view that uses it."""
    used = Used(repeat(9))
    used.name = "graph"
    assert await filled(used, held=compared)


async def test_one_is_not_waited_for_because_another_is_held() -> None:
    with pytest.raises(NotMet, match=r"^used is behind"):
        await filled(Used(repeat(9)), held="timelines")


async def test_one_that_has_all_is_not_what_is_waited_for() -> None:
    assert await filled(Used(repeat(10)))


async def test_the_work_ends_when_another_generation_is_read() -> None:
    ended = asyncio.Event()

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def gone_on() -> tuple[Generations, dict[str, Hold]]:
        return Generations(used=4, remembering=9), {}

    async with asyncio.timeout(SECONDS):
        assert not await while_used(Remembering(), [Used(repeat(9))], AT, gone_on, PLACE, waits())
    assert ended.is_set()
