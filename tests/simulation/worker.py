"""A worker: the real processor with its lanes and feeds, in a process that may be killed."""

import asyncio
import random
from collections.abc import Iterable
from typing import Any, cast

from events.positions import Partition, Position
from projections.view import View
from streams.processor import Processor, beats
from tests.simulation.log import Delivered, Log
from tests.simulation.processes import Process
from tests.simulation.weather import Weather

REDELIVERED = 4
"""Records at most that Faust brings again to a new worker."""


class Letters:
    """In the place of the dead letters: every event can be applied, so each is a defect."""

    def __init__(self, defects: list[str]) -> None:
        self._defects = defects

    async def add(self, view: str, position: Position, reason: str, value: bytes) -> None:
        self._defects.append(f"{view} sets {position} aside: {reason}")


class Group:
    """A consumer group: up to where each partition was acknowledged, by whomever."""

    def __init__(self) -> None:
        self.committed: dict[Partition, int] = {}


class Worker:
    def __init__(
        self,
        name: str,
        view: View,
        log: Log,
        group: Group,
        chance: random.Random,
        weather: Weather,
        defects: list[str],
    ) -> None:
        self.process = Process(name)
        self.view = view
        self._log = log
        self._group = group
        self._chance = chance
        self._weather = weather
        self._defects = defects
        self._next: dict[Partition, int] = {}
        self._news = asyncio.Event()
        self._beating: asyncio.Task[Any] | None = None
        self._processor: Processor | None = None
        self._told_to_stop = False

    @property
    def stays(self) -> bool:
        return self.process.alive and not self._told_to_stop

    def start(self, partitions: Iterable[Partition]) -> None:
        self.process.start(self._run(list(partitions)))

    def take(self, partition: Partition) -> None:
        self.process.start(self._revoke(partition))

    def retire(self) -> None:
        """Others own its partitions now; what it has begun goes on."""
        if self._beating is not None:
            self._beating.cancel()

    def stop(self) -> asyncio.Task[None]:
        self._told_to_stop = True
        return cast("asyncio.Task[None]", self.process.start(self._stop()))

    async def _run(self, partitions: list[Partition]) -> None:
        self._processor = Processor(
            self.view, "simulated", cast(Any, Letters(self._defects)), self._acknowledge, self._seek
        )
        await self._assign(partitions)
        self._beating = self.process.start(self._beat())
        self._log.listeners.append(self._news.set)
        while self.process.alive:
            await self._news.wait()
            self._news.clear()
            await asyncio.sleep(self._weather.delay() * 20)
            for partition in sorted(self._next):
                await self._deliver(partition)

    async def _assign(self, partitions: list[Partition]) -> None:
        assert self._processor is not None
        for partition in partitions:
            committed = self._group.committed.get(partition, 0)
            self._next[partition] = max(0, committed - self._chance.randrange(REDELIVERED))
        self._processor.assign(partitions)
        self._news.set()

    async def _revoke(self, partition: Partition) -> None:
        if self._processor is not None:
            self._next.pop(partition, None)
            await self._processor.revoke([partition])

    async def _stop(self) -> None:
        """As on SIGTERM."""
        self._next.clear()
        if self._processor is not None:
            await self._processor.close()
        self.process.kill()

    async def _deliver(self, partition: Partition) -> None:
        assert self._processor is not None
        start = self._next[partition]
        end = min(self._log.end(partition), start + self._chance.randint(1, 8))
        for message in self._log.messages(partition, start, end):
            await self._processor.put(Delivered(message))
        if self._next.get(partition) == start:
            self._next[partition] = end
        if end < self._log.end(partition):
            self._news.set()

    async def _beat(self) -> None:
        assert self._processor is not None
        for seconds in beats():
            if not self.process.alive:
                return
            await asyncio.sleep(seconds)
            await self._processor.heartbeat(cast(Any, None))
            if self._processor.failed.is_set():
                self._defects.append(f"a lane of {self.process.name} broke")

    async def _acknowledge(self, event: Delivered) -> None:
        message = event.message
        self._group.committed[Partition(message.topic, message.partition)] = message.offset + 1

    async def _seek(self, partition: Partition, offset: int) -> None:
        self._next[partition] = offset
        self._news.set()
