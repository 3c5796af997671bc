"""A worker that wakes up in the middle of a batch when its successor is further on."""

import random

from tests.contract.contract import Contract
from tests.contract.moments import at_moments
from tests.contract.night import Night

STEP = 4


async def test_a_worker_that_wakes_up_late_changes_nothing(kept: Contract) -> None:
    """At every fourth moment, counted from one that differs from run to run."""

    async def run(moment: int) -> int:
        async with (
            kept.kept(f"asleep at moment {moment}") as trial,
            Night(trial) as night,
        ):
            for batch in trial.batches:
                await trial.look()
                await night.pass_batch(batch, moment)
            await night.end()
        return night.slept

    first = random.randint(1, STEP)
    print(f"asleep at moment {first} and every {STEP}th after it")
    await at_moments(run, first=first, step=STEP)
