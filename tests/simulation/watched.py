"""A view that tells the schedule what it applies."""

from collections.abc import Mapping

from events.positions import Partition
from projections.view import Batch, Digest, View
from schemas.topics import Topic
from tests.simulation.schedule import Schedule


class Watched:
    def __init__(self, view: View, schedule: Schedule) -> None:
        self._view = view
        self._schedule = schedule

    @property
    def name(self) -> str:
        return self._view.name

    @property
    def topics(self) -> tuple[Topic, ...]:
        return self._view.topics

    @property
    def transient(self) -> tuple[type[Exception], ...]:
        return self._view.transient

    @property
    def deferred(self) -> Mapping[Partition, int]:
        return self._view.deferred

    async def prepare(self) -> None:
        await self._view.prepare()

    async def apply(self, batch: Batch) -> None:
        what = f"{batch.partition} [{batch.start}, {batch.next_offset})"
        self._schedule.note(f"applies {what}")
        try:
            await self._view.apply(batch)
        except BaseException as error:
            self._schedule.note(f"fails to apply {what}: {error!r}")
            raise
        self._schedule.note(f"has applied {what}")

    async def checkpoints(self) -> dict[Partition, int]:
        return await self._view.checkpoints()

    async def digest(self) -> Digest:
        return await self._view.digest()

    async def drop(self) -> None:
        await self._view.drop()

    async def close(self) -> None:
        await self._view.close()
