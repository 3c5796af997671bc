"""Where generations meet, and how long that keeps the live one from going on."""

from typing import Any, cast

import pytest

from events.positions import Partition
from projections.postgres import Pool
from schemas.topics import LISTS
from streams.places import Place
from streams.rebuilding import builds, meeting
from streams.rebuilding.builds import Build
from streams.rebuilding.meeting import Feeds, NotMet, Two, meet

HERE = Partition("lists", 0)
BUILD = Build("lists", 2, "rebuild")
POOL = cast("Pool", None)
FEEDS = Feeds(*3 * [cast("Any", None)])


class Standing:
    """A view that goes on by `steps`, one each time it is looked at, and then stands."""

    name = "lists"
    topics = (LISTS,)

    def __init__(self, *steps: int) -> None:
        self._steps = iter(steps)
        self.at = 0

    async def checkpoints(self) -> Place:
        self.at = next(self._steps, self.at)
        return {HERE: self.at} if self.at else {}


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Place, int]]:
    """Each place at which the live view was held, and where the other one stood then."""
    held: list[tuple[Place, int]] = []
    monkeypatch.setattr(meeting, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(meeting, "MEET_SECONDS", 0.5)

    async def hold(_: Pool, __: Build, place: Place) -> None:
        held.append((place, rebuilt.at))

    async def bring(view: Standing, place: Place, *_: Any) -> None:
        view.at = place.get(HERE, 0)

    monkeypatch.setattr(builds, "hold", hold)
    monkeypatch.setattr(meeting, "bring", bring)
    rebuilt.at = 0
    return held


rebuilt = Standing()


def two(live: Standing) -> Two:
    return Two(cast("Any", live), cast("Any", rebuilt), [])


async def test_nobody_is_held_before_there_is_little_to_catch_up_with(
    held: list[tuple[Place, int]],
) -> None:
    assert await meet(POOL, BUILD, two(Standing(90)), FEEDS) == {HERE: 90}
    assert held == [({HERE: 90}, 90)]


async def test_of_topics_without_a_record_nothing_is_to_come(held: list[tuple[Place, int]]) -> None:
    assert await meet(POOL, BUILD, two(Standing()), FEEDS, still=0.02) == {}
    assert [place for place, _ in held] == [{}] * len(held)


async def test_a_place_counts_when_nothing_has_moved_for_as_long_as_is_asked(
    held: list[tuple[Place, int]],
) -> None:
    live = Standing(*(number for number in range(1, 10) for _ in range(2)))
    assert await meet(POOL, BUILD, two(live), FEEDS, still=0.05) == {HERE: 9}
    assert len([place for place, _ in held if place == {HERE: 9}]) > 1


async def test_what_does_not_stand_still_is_not_met(held: list[tuple[Place, int]]) -> None:
    with pytest.raises(NotMet, match="does not stand still"):
        await meet(POOL, BUILD, two(Standing(*range(1, 1_000))), FEEDS)
