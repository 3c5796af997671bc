"""MongoDB comes back empty in the middle of a batch of counters: what was read is of the old store,
what is written goes to the new one."""

from collections.abc import AsyncIterator, Iterable
from contextlib import suppress

import pytest

from events.positions import Position
from projections.counters import Counters
from projections.counters.collections import Collections, Place
from projections.counters.counts import Counts
from projections.counters.fold import Register
from projections.counters.writes import CountersView
from projections.stores import Stores
from projections.view import CheckpointBehind
from tests.projections.marks import cleared, liked
from tests.projections.memory_log import MemoryLog

BEN, CAT = 23, 39


class Wiped(Collections):
    """Loses everything once, around the next look at the registers."""

    before: bool | None = None

    async def registers(self, place: Place, targets: Iterable[int]) -> dict[int, Register]:
        before, self.before = self.before, None
        if before:
            await self._wipe()
        found = await super().registers(place, targets)
        if before is False:
            await self._wipe()
        return found

    async def _wipe(self) -> None:
        await self.drop()
        await self.create()


@pytest.fixture
async def view(stores: Stores, generation: int) -> AsyncIterator[CountersView]:
    view = CountersView(stores.mongo, stores.redis, generation)
    view._collections = Wiped(stores.mongo, generation)
    await view.prepare()
    yield view
    await view.drop()


@pytest.mark.parametrize("before", [True, False])
async def test_what_a_batch_left_in_a_store_that_came_back_empty_counts_for_nothing(
    view: CountersView, before: bool
) -> None:
    log = MemoryLog(1)
    log.append(liked(100, BEN), liked(200, CAT))
    await log.feed(view)
    log.append(liked(300, BEN), liked(100, CAT), cleared(100, CAT))
    (partition,) = log.events
    assert isinstance(view._collections, Wiped)
    view._collections.before = before
    with pytest.raises(CheckpointBehind):
        await view.apply(log.batch(partition, 2))
    for _ in range(2):  # as a worker does, who begins anew when the view asks for it
        with suppress(CheckpointBehind):
            await log.feed(view)
    healed = await view.digest()
    await view.drop()
    await view.prepare()
    await log.feed(view)
    assert await view.digest() == healed
    assert healed.rows > 0


async def test_what_is_left_of_a_store_that_was_lost_holds_no_event(
    view: CountersView, stores: Stores, generation: int
) -> None:
    log = MemoryLog(1)
    log.append(liked(100, BEN))
    await log.feed(view)
    (partition,) = log.events
    since = await view._collections.checkpoints.since(partition, 1)
    before = Place(partition, since - 1)
    await view._collections.put_registers(before, {200: Register(8, {"likes": 7})}, {})
    counters = Counters(stores.mongo, stores.redis, generation)
    assert await counters.with_event(200, Position(partition, 1)) == (Counts(), False)
    held, included = await counters.with_event(100, Position(partition, 0))
    assert (held.likes, included) == (1, True)
