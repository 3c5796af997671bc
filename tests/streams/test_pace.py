"""How much of the machine a rebuild takes."""

import asyncio
import os
from types import SimpleNamespace

import pytest

from events.positions import Partition
from streams.rebuilding import pace
from streams.rebuilding.pace import NICE, SMALL_BATCH, DutyCycle
from streams.turns import Bulk

PLACE = Partition("tweets", 0)


class Clock:
    """Goes on only when somebody works or rests."""

    def __init__(self) -> None:
        self.now = 0.0
        self.rested: list[float] = []

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.rested.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pace, "perf_counter", clock.time)
    monkeypatch.setattr(pace, "asyncio", SimpleNamespace(Lock=asyncio.Lock, sleep=clock.sleep))
    return clock


@pytest.mark.parametrize(("share", "rest"), [(0.5, 2.0), (0.2, 8.0), (0.8, 0.5)])
async def test_it_rests_in_proportion_to_what_a_batch_took(
    clock: Clock, share: float, rest: float
) -> None:
    turns = DutyCycle(share)
    for _ in range(3):
        async with turns.turn(PLACE, 0):
            clock.now += 2.0
    assert clock.rested == pytest.approx([rest] * 3)
    assert 6.0 / clock.now == pytest.approx(share)


async def test_one_batch_is_applied_at_a_time() -> None:
    turns, inside, most = DutyCycle(0.9), 0, 0

    async def work(number: int) -> None:
        nonlocal inside, most
        async with turns.turn(Partition("tweets", number), 0):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work(number) for number in range(8)))
    assert most == 1


def test_only_a_part_of_the_machine_is_taken_at_a_lower_priority(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lowered: list[int] = []
    monkeypatch.setattr(os, "nice", lowered.append)
    assert isinstance(pace.pace(1.0), Bulk)
    assert lowered == []
    part = pace.pace(0.3)
    assert isinstance(part, DutyCycle)
    assert (part.records, lowered) == (SMALL_BATCH, [NICE])
