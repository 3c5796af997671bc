"""How processes share the partitions of a view that they fill."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence

import pytest

from events.positions import Partition, Position
from events.reader import Record, Slice
from projections.view import View
from streams import feed as feed_module
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
    """In the middle of a batch until `over`, or until it is to leave."""

    def __init__(self, view: Remembering, partition: Partition, over: asyncio.Event) -> None:
        super().__init__(view, partition, "", Nothing())
        self._remembering = view
        self._over = over
        self._asked = asyncio.Event()

    def leave(self) -> None:
        super().leave()
        self._asked.set()

    async def catch_up(self, end: int) -> None:
        ending = [asyncio.create_task(one.wait()) for one in (self._over, self._asked)]
        await asyncio.wait(ending, return_when=asyncio.FIRST_COMPLETED)
        for task in ending:
            task.cancel()
        if not self.leaves:
            self.position = self._remembering.reached[self.partition] = end


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
    assert await left_to_another({FIRST: BATCH, SECOND: 9 * BATCH}, {SECOND: 7 * BATCH}) == []


async def test_nothing_is_left_of_which_the_last_two_batches_are_to_come() -> None:
    most = 2 * BATCH
    assert await left_to_another({FIRST: most, SECOND: most, THIRD: most}) == []
    assert await left_to_another({FIRST: most, SECOND: most, THIRD: most + 1}) == [THIRD]


async def test_one_that_leaves_does_so_after_the_batch_at_hand() -> None:
    """Nothing of it is done again by whoever goes on."""
    applied: list[tuple[int, int]] = []

    class Leaving(Feed):
        async def advance(self, records: Sequence[Record], next_offset: int) -> None:
            applied.append((self.position, next_offset))
            self.position = next_offset
            self.leave()

    feed = Leaving(Remembering(), FIRST, "", Nothing())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(feed_module, "read", ten_at_a_time)
        await feed.catch_up(30)
        assert (applied, feed.batch) == ([(0, 10)], 10)


async def ten_at_a_time(
    _: str, __: Partition, start: int, end: int, *, most: int
) -> AsyncGenerator[Slice, None]:
    for next_offset in range(start + 10, end + 1, 10):
        yield Slice((), next_offset)
