"""Workers that fall asleep in the middle of a batch, are replaced, and wake up later."""

import asyncio
from contextlib import AsyncExitStack
from types import TracebackType
from typing import NamedTuple, Self

from events.positions import Partition
from projections.view import Batch, View
from tests.contract.process import SECONDS, Process
from tests.contract.trial import Trial

POLL_SECONDS = 0.01


class Sleeper(NamedTuple):
    process: Process
    view: View
    work: "asyncio.Task[None]"


class Night:
    """A sleeper of each partition at most; it sleeps until the next batch is there too.

    It may hold locks, for which whoever replaces it must wait: then it wakes up at once.
    """

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._asleep: dict[Partition, Sleeper] = {}
        self._connections = AsyncExitStack()
        self.slept = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for sleeper in self._asleep.values():
            await sleeper.process.end()
        await self._connections.aclose()

    async def begin(self, batch: Batch, moment: int) -> Sleeper:
        stores = await self._connections.enter_async_context(self._trial.stage.connections())
        process, view = Process("sleeps", moment), self._trial.open(stores)
        sleeper = Sleeper(process, view, process.start(view.apply(batch)))
        asleep = asyncio.create_task(process.struck.wait())
        await asyncio.wait([asleep, sleeper.work], return_when=asyncio.FIRST_COMPLETED)
        asleep.cancel()
        self.slept += process.struck.is_set()
        return sleeper

    async def pass_batch(self, batch: Batch, moment: int) -> None:
        sleeper = await self.begin(batch, moment)
        replaced = asyncio.create_task(self._trial.take_over(batch))
        while not (await asyncio.wait([replaced], timeout=POLL_SECONDS))[0]:
            if await self._somebody_is_locked_out():
                sleeper.process.wake()
                for other in self._asleep.values():
                    other.process.wake()
        await replaced
        if before := self._asleep.pop(batch.partition, None):
            await self._wake(before)
            await before.view.apply(batch)  # it does not know of its successor yet
            await self._end(before)
        self._asleep[batch.partition] = sleeper

    async def end(self) -> None:
        while self._asleep:
            _, sleeper = self._asleep.popitem()
            await self._wake(sleeper)
            await self._end(sleeper)

    async def _wake(self, sleeper: Sleeper) -> None:
        sleeper.process.wake()
        try:
            await asyncio.wait_for(sleeper.work, SECONDS)
        except self._trial.view.transient:
            pass  # as after a deadlock; whoever feeds it would begin again from the checkpoint
        await self._trial.progress()

    async def _end(self, sleeper: Sleeper) -> None:
        await sleeper.view.close()
        await sleeper.process.end()
        await self._trial.progress()

    async def _somebody_is_locked_out(self) -> bool:
        found: bool = await self._trial.stage.stores.postgres.fetchval(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND position($1 in query) > 0)",
            f"_g{self._trial.at[self._trial.view.name]}.",
        )
        return found
