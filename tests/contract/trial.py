"""One generation of a view, brought through the script in one of many disorderly ways."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from events.positions import Partition
from projections.generations import Generations
from projections.registry import USES
from projections.stores import Stores
from projections.view import Batch, CheckpointBehind, Digest, View
from streams.lag import reached
from tests.contract.process import SECONDS
from tests.contract.script import Script
from tests.contract.stage import Stage
from tests.contract.subjects import Subject
from tests.projections.memory_log import fresh_number

RETRY_SECONDS = 0.01


class Outcome(NamedTuple):
    """`shown` is as the subject says."""

    digest: Digest
    checkpoints: dict[Partition, int]
    shown: object


class Trial:
    def __init__(self, subject: Subject, stage: Stage, script: Script) -> None:
        self.stage = stage
        self.at = Generations(
            {name: stage.below[name] for name in USES.get(subject.view, ()) if name in stage.below}
            | {subject.view: fresh_number()}
        )
        self._subject = subject
        self.view = self.open()
        self.script = script
        self.batches = script.of(self.view)
        self._checkpoints: dict[Partition, int] = {}

    def open(self, stores: Stores | None = None) -> View:
        return self._subject.open(stores or self.stage.stores, self.at)

    def numbered(self) -> Iterator[tuple[int, Batch]]:
        """Each batch with its number within its partition, from 0."""
        numbers: Counter[Partition] = Counter()
        for batch in self.batches:
            yield numbers[batch.partition], batch
            numbers[batch.partition] += 1

    async def look(self) -> object:
        return await self._subject.shown(self.stage.stores, self.at)

    async def progress(self) -> dict[Partition, int]:
        """The checkpoints, none of which may have gone back."""
        found = await self.view.checkpoints()
        for partition, before in self._checkpoints.items():
            assert found.get(partition, 0) >= before, f"{partition} went back from {before}"
        self._checkpoints = found
        return found

    async def follow(self, view: View, partition: Partition, end: int) -> None:
        """Brings the view to `end` from its checkpoint on, as whoever feeds it does."""
        start = (await self.progress()).get(partition, 0)
        async with asyncio.timeout(SECONDS):
            while start < end:
                try:
                    await view.apply(self.script.batch(partition, start, end))
                except CheckpointBehind as behind:
                    start = behind.stored
                except view.transient:
                    await asyncio.sleep(RETRY_SECONDS)
                else:
                    start = end
        await self.reaches(partition, end)

    async def reaches(self, partition: Partition, end: int) -> None:
        """Waits for what a view does in the background."""
        await reached(self.view, {partition: end}, seconds=SECONDS)

    async def take_over(self, batch: Batch) -> None:
        """What a new worker does with the batch of one that died."""
        view = self.open()
        await self.follow(view, batch.partition, batch.next_offset)
        await view.close()

    async def again(self, batch: Batch) -> None:
        """What a worker does that does not know that the batch is there."""
        view = self.open()
        await view.apply(batch)
        await self.reaches(batch.partition, batch.next_offset)
        await view.close()
        await self.progress()

    async def outcome(self) -> Outcome:
        return Outcome(await self.view.digest(), await self.progress(), await self.look())


@asynccontextmanager
async def trial(subject: Subject, stage: Stage, script: Script) -> AsyncIterator[Trial]:
    trial = Trial(subject, stage, script)
    await trial.view.prepare()
    try:
        yield trial
    finally:
        await trial.view.drop()
