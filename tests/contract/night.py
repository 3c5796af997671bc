"""Workers that fall asleep in the middle of a batch, are replaced, and wake up later."""

import asyncio
from contextlib import AsyncExitStack, suppress
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
    """At most one sleeper a partition. It may hold locks for which whoever replaces it must wait:
    then it wakes up at once."""

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

    async def begin(self, batch: Batch, moment: int) -> None:
        """Somebody takes the batch on, and falls asleep at the moment or finishes before it."""
        stores = await self._connections.enter_async_context(self._trial.stage.connections())
        process, view = Process("sleeps", moment), self._trial.open(stores)
        sleeper = Sleeper(process, view, process.start(view.apply(batch)))
        asleep = asyncio.create_task(process.struck.wait())
        done, _ = await asyncio.wait(
            [asleep, sleeper.work], timeout=SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        assert done, "it neither fell asleep nor finished"
        asleep.cancel()
        self.slept += process.struck.is_set()
        self._asleep[batch.partition] = sleeper

    async def replace(self, batch: Batch) -> None:
        """Another worker takes the batch on and finishes it."""
        replaced = asyncio.create_task(self._trial.take_over(batch))
        while not (await asyncio.wait([replaced], timeout=POLL_SECONDS))[0]:
            if await self._somebody_is_locked_out():
                for sleeper in self._asleep.values():
                    sleeper.process.wake()
        await replaced

    async def wake(self, partition: Partition) -> None:
        if sleeper := self._asleep.pop(partition, None):
            sleeper.process.wake()
            with suppress(*self._trial.view.transient):  # as after a deadlock
                async with asyncio.timeout(SECONDS):
                    await sleeper.work
            await sleeper.view.close()
            await sleeper.process.end()
            await self._trial.progress()

    async def end(self) -> None:
        for partition in list(self._asleep):
            await self.wake(partition)

    async def _somebody_is_locked_out(self) -> bool:
        found: bool = await self._trial.stage.stores.postgres.fetchval(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            " AND position($1 in query) > 0)",
            f"_g{self._trial.at[self._trial.view.name]}.",
        )
        return found
