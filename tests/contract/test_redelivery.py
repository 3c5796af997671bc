"""Batches that come twice, late, too early, or cut elsewhere."""

import random

import pytest

from projections.view import CheckpointBehind
from tests.contract.contract import Contract
from tests.contract.script import by_partition


async def test_the_same_batch_twice(kept: Contract) -> None:
    async with kept.kept("each batch twice") as trial:
        for batch in trial.batches:
            await trial.look()
            await trial.take_over(batch)
            await trial.again(batch)


async def test_an_older_batch_after_a_newer(kept: Contract) -> None:
    async with kept.kept("all older ones after each batch") as trial:
        for number, batch in enumerate(trial.batches, 1):
            await trial.look()
            await trial.take_over(batch)
            for older in reversed(trial.batches[:number]):
                if older.partition == batch.partition:
                    await trial.again(older)


async def test_a_batch_after_a_gap_is_not_taken(kept: Contract) -> None:
    async with kept.kept("each partition's second batch first") as trial:
        await trial.look()
        for first, second, *_ in by_partition(trial.batches):
            with pytest.raises(CheckpointBehind) as behind:
                await trial.open().apply(second)
            assert (behind.value.partition, behind.value.stored) == (first.partition, 0)
            assert (await trial.progress()).get(first.partition, 0) == 0
        for batch in trial.batches:
            await trial.look()
            await trial.take_over(batch)


@pytest.mark.parametrize("seed", range(4))
async def test_batches_cut_elsewhere_in_any_order_of_partitions(kept: Contract, seed: int) -> None:
    chance = random.Random(seed)
    async with kept.kept(f"seed {seed}") as trial:
        ends = trial.script.ends(trial.batches)
        reached = dict.fromkeys(ends, 0)
        while behind := [partition for partition, end in ends.items() if reached[partition] < end]:
            partition = chance.choice(behind)
            start = max(0, reached[partition] - chance.randrange(3))
            end = min(ends[partition], reached[partition] + chance.randrange(1, 8))
            await trial.look()
            await trial.again(trial.script.batch(partition, start, end))
            reached[partition] = end
