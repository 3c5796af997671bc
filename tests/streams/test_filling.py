"""How processes share the partitions of a view that they fill."""

import asyncio
from collections.abc import Mapping

import pytest

from events.positions import Partition, Position
from projections.view import View
from streams.feed import Feed
from streams.rebuilding import filling
from streams.rebuilding.filling import bring
from streams.turns import AtOnce
from tests.streams.remembering import SECONDS, Remembering

FIRST, SECOND, THIRD = (Partition("tweets", number) for number in range(3))
BATCH = AtOnce.records


class Claimed:
    """By so many processes. What this one leaves another one takes, and fills at once."""

    def __init__(self, view: Remembering, place: Mapping[Partition, int]) -> None:
        self.processes = 1
        self.left: list[Partition] = []
        self.looked = asyncio.Event()
        self._view = view
        self._place = place

    async def sharers(self) -> int:
        self.looked.set()
        return self.processes

    async def take(self, partition: Partition) -> bool:
        return partition not in self.left

    async def leave(self, partition: Partition) -> None:
        self.left.append(partition)
        self._view.reached[partition] = self._place[partition]

    async def is_joined(self) -> None:
        """Returns when this process has seen that there is another, and done what it does then."""
        self.processes = 2
        for _ in range(2):
            self.looked.clear()
            await self.looked.wait()


class Busy(Feed):
    """In the middle of a batch until `over`."""

    def __init__(self, view: Remembering, partition: Partition, over: asyncio.Event) -> None:
        super().__init__(view, partition, "", Nothing())
        self._remembering = view
        self._over = over

    async def catch_up(self, end: int) -> None:
        await self._over.wait()
        self._remembering.reached[self.partition] = end


class Nothing:
    async def add(self, view: str, position: Position, reason: str, value: bytes) -> None:
        raise AssertionError("nothing is set aside")


async def left_to_another(
    place: Mapping[Partition, int], done: Mapping[Partition, int] | None = None
) -> list[Partition]:
    """By one that is at all of it when the other comes, and has `done` so much."""
    view, over = Remembering(), asyncio.Event()
    view.reached = dict(done or {})
    claimed = Claimed(view, place)

    def busy(_: View, partition: Partition) -> Feed:
        return Busy(view, partition, over)

    async with asyncio.timeout(SECONDS):
        bringing = asyncio.create_task(bring(view, place, busy, claimed))
        await claimed.looked.wait()
        await claimed.is_joined()
        left = list(claimed.left)
        over.set()
        await bringing
    assert view.reached == place
    return left


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filling, "LOOK_SECONDS", 0.01)


async def test_the_longest_is_left_to_one_that_comes_later() -> None:
    place = {FIRST: 3 * BATCH, SECOND: 9 * BATCH, THIRD: 2 * BATCH}
    assert await left_to_another(place) == [SECOND]


async def test_what_is_done_counts_no_more() -> None:
    place = {FIRST: 3 * BATCH, SECOND: 9 * BATCH, THIRD: 2 * BATCH}
    assert await left_to_another(place, {SECOND: 7 * BATCH}) == [FIRST]
    assert await left_to_another({FIRST: BATCH, SECOND: 9 * BATCH}, {SECOND: 8 * BATCH}) == []


async def test_nothing_is_left_of_which_the_last_batch_is_under_way() -> None:
    assert await left_to_another({FIRST: BATCH, SECOND: BATCH, THIRD: BATCH}) == []
    assert await left_to_another({FIRST: BATCH, SECOND: BATCH, THIRD: BATCH + 1}) == [THIRD]
