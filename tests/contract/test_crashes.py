"""A worker that dies at any moment of applying any batch, and one that takes over."""

import asyncio
import random

from projections.view import Batch
from tests.contract.contract import Contract
from tests.contract.moments import at_moments
from tests.contract.process import SECONDS, Fate, Process
from tests.contract.trial import Trial

POLL_SECONDS = 0.002
ANSWERED, ASKING = 3, 8
"""Every third moment, and every eighth of those with an operation under way, from one on that
differs from run to run: all would take too long."""


async def test_a_worker_that_dies_at_any_moment_is_taken_over(kept: Contract) -> None:
    """At any moment: all that it has begun is done, and nothing that comes after it."""
    await _dying(kept, "dies answered", ANSWERED)


async def test_a_worker_may_die_with_an_operation_under_way(kept: Contract) -> None:
    """Which may then be done later, or never: up to the store."""
    await _dying(kept, "dies asking", ASKING)


async def _dying(kept: Contract, fate: Fate, step: int) -> None:
    survived: dict[int, int] = {}
    """By batch, the first moment at which its worker was through already."""

    async def run(moment: int) -> int:
        deaths = 0
        async with kept.kept(f"{fate}, moment {moment}") as trial:
            for number, batch in enumerate(trial.batches):
                await trial.look()
                if survived.get(number, moment) >= moment:
                    if await _dies(trial, batch, Process(fate, moment)):
                        deaths += 1
                    else:
                        survived[number] = min(moment, survived.get(number, moment))
                await trial.take_over(batch)
        return deaths

    await at_moments(run, first=random.randint(1, step), step=step)


async def _dies(trial: Trial, batch: Batch, process: Process) -> bool:
    """Whether it did before all was in the store. It also counts if the store was away meanwhile:
    another moment may be reached then."""
    async with trial.stage.connections() as stores, asyncio.timeout(SECONDS):
        view = trial.open(stores)
        work = process.start(view.apply(batch))
        while not (process.struck.is_set() or await _is_over(work, trial, batch)):
            await asyncio.wait([work], timeout=POLL_SECONDS)
        struck = process.struck.is_set()
        await asyncio.wait([work])
        await view.close()
        await process.end()
        if struck:
            return True
        try:
            await work
        except view.transient:
            return True
        return False


async def _is_over(work: asyncio.Task[None], trial: Trial, batch: Batch) -> bool:
    """Whether it failed, or all of it is in the store."""
    if not work.done():
        return False
    stored = (await trial.progress()).get(batch.partition, 0)
    return work.cancelled() or work.exception() is not None or stored >= batch.next_offset
