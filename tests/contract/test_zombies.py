"""A worker that wakes up in the middle of a batch when its successor is further on."""

import random

import pytest

from tests.contract.contract import Contract
from tests.contract.moments import at_moments
from tests.contract.night import Night

STEP = 10
"""Every so many moments, from one on that differs from run to run: all would take too long."""


@pytest.mark.parametrize("turn", [0, 1])
async def test_a_worker_that_wakes_up_late_changes_nothing(kept: Contract, turn: int) -> None:
    """Only in every other batch of a partition: what one undoes, the next one might do again."""

    async def run(moment: int) -> int:
        async with kept.kept(f"asleep at moment {moment}") as trial, Night(trial) as night:
            for number, batch in trial.numbered():
                await trial.look()
                if number % 2 == turn:
                    await night.begin(batch, moment)
                await night.replace(batch)
                if number % 2 != turn:
                    await night.wake(batch.partition)
            await night.end()
        return night.slept

    await at_moments(run, first=random.randint(1, STEP), step=STEP)
