"""The workers of one view, and all that befalls them."""

import asyncio
import random
from collections.abc import Callable

from events.positions import Partition
from projections.view import Batch, CheckpointBehind, View
from tests.simulation.log import Log
from tests.simulation.processes import Process
from tests.simulation.schedule import Schedule
from tests.simulation.weather import Weather
from tests.simulation.worker import Group, Worker

TROUBLE_SECONDS = 2.0
RESTART_SECONDS = 4.0


class Crew:
    """Each partition has one owner; who owned it before may not know that yet."""

    def __init__(
        self,
        open_view: Callable[[], View],
        log: Log,
        schedule: Schedule,
        chance: random.Random,
        weather: Weather,
        defects: list[str],
    ) -> None:
        self._open_view = open_view
        self._log = log
        self._schedule = schedule
        self._chance = chance
        self._weather = weather
        self._defects = defects
        self._group = Group()
        self._number = 0
        self.view = open_view()
        self.partitions = log.partitions(self.view.topics)
        self._owners: dict[Partition, Worker] = {}
        self._everybody: list[Worker] = []
        self._long_done: dict[Partition, int] = {}

    def start(self) -> None:
        self._hire(self.partitions)

    async def trouble(self) -> None:
        """One thing after the other, until it is cancelled."""
        kinds = (self._kill, self._restart, self._replace, self._rebalance, self._repeat)
        while True:
            await asyncio.sleep(self._chance.expovariate(1 / TROUBLE_SECONDS))
            await self._chance.choice(kinds)()

    def let_a_month_pass(self) -> None:
        """Nobody is away for so long."""
        self._long_done = {partition: self._log.end(partition) for partition in self.partitions}

    async def recover(self) -> None:
        """Every partition has an owner that stays; the others look for nothing new any more."""
        for worker in self._everybody:
            if not self._of(worker):
                worker.retire()
        lost = [p for p in self.partitions if not self._has_owner(p)]
        if lost:
            self._hire(lost)

    async def reached(self) -> bool:
        """Whether the store holds all that the log does."""
        try:
            stored = await self.view.checkpoints()
        except self.view.transient:
            return False
        return all(stored.get(p, 0) >= self._log.end(p) for p in self.partitions)

    def end(self) -> None:
        for worker in self._everybody:
            worker.process.kill()

    def _has_owner(self, partition: Partition) -> bool:
        return partition in self._owners and self._owners[partition].stays

    def _hire(self, partitions: list[Partition]) -> None:
        worker = self._worker()
        for partition in partitions:
            self._owners[partition] = worker
        self._schedule.note(f"{worker.process.name} gets {' '.join(map(str, partitions))}")
        worker.start(partitions)

    def _worker(self) -> Worker:
        self._number += 1
        worker = Worker(
            f"{self.view.name} {self._number}",
            self._open_view(),
            self._log,
            self._group,
            self._chance,
            self._weather,
            self._defects,
        )
        self._everybody.append(worker)
        return worker

    def _some(self) -> Worker:
        owners = list(dict.fromkeys(self._owners.values()))
        return self._chance.choice(owners)

    def _of(self, worker: Worker) -> list[Partition]:
        return [p for p in self.partitions if self._owners.get(p) is worker]

    async def _kill(self) -> None:
        worker = self._some()
        self._schedule.note(f"{worker.process.name} is killed")
        worker.process.kill()
        await asyncio.sleep(self._chance.random() * RESTART_SECONDS)
        self._hire(self._of(worker))

    async def _restart(self) -> None:
        worker = self._some()
        self._schedule.note(f"{worker.process.name} is stopped")
        worker.stop()
        await asyncio.sleep(self._chance.random() * RESTART_SECONDS)
        self._hire(self._of(worker))

    async def _replace(self) -> None:
        """The old one goes on with what it holds, and with more, and knows nothing of it."""
        worker = self._some()
        self._schedule.note(f"{worker.process.name} is taken for dead")
        worker.retire()
        self._hire(self._of(worker))

    async def _rebalance(self) -> None:
        partition = self._chance.choice(self.partitions)
        worker = self._owners[partition]
        self._schedule.note(f"{worker.process.name} gives {partition} up")
        if self._chance.random() < 0.5:
            worker.take(partition)
        self._hire([partition])

    async def _repeat(self) -> None:
        """Somebody who was away for long applies what he had in his hands."""
        partition = self._chance.choice(self.partitions)
        oldest = self._long_done.get(partition, 0)
        end = self._chance.randint(oldest, self._log.end(partition))
        start = self._chance.randint(oldest, end)
        if start < end:
            process = Process(f"{self.view.name} of yore")
            events = self._log.events(partition, start, end)
            process.start(self._apply(Batch(partition, start, end, events)))

    async def _apply(self, batch: Batch) -> None:
        view = self._open_view()
        passing: tuple[type[Exception], ...] = (*view.transient, CheckpointBehind)
        try:
            await view.apply(batch)
        except passing as error:
            self._schedule.note(f"gives up: {error!r}")
