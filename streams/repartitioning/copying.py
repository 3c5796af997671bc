"""Bringing the records of a topic's generation over to the next, by key."""

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self, cast

from aiokafka.structs import ConsumerRecord

from events.bulk import FLUSH_SECONDS, bulk_producer
from events.ending import stop
from events.observer import observer
from events.partitioning import partition_of
from events.places import real
from events.positions import Partition, Position
from events.reader import ends, read
from events.tasks import cancel_all
from streams.repartitioning.words import Deletions

COPIED_FROM = "copied-from"
"""The header that says where a record stood before."""

UNACKNOWLEDGED = 2_000


class Copier:
    """Copies one generation, whose partitions are `old`, to the next, whose are `new`.

    A key is in one old partition, which is read in its order by one reader, and in one new one, to
    which an idempotent producer appends in order; so the order of a key stays. And of each old
    partition a new one holds the first that belong there, without a gap: the last of them tells
    where to go on after a crash. The words of what was deleted when it began are left out. Of an
    old one that was emptied there is only what came since.
    """

    def __init__(self, bootstrap: str, old: Sequence[Partition], new: Sequence[Partition]) -> None:
        self._bootstrap = bootstrap
        self._new = new
        self._there: dict[tuple[Partition, Partition], int] = {}
        self._deletions: dict[Partition, Deletions] = {}
        self.reached = dict.fromkeys(old, 0)
        self.copied = 0

    async def __aenter__(self) -> Self:
        """Looks what an earlier run has copied, and what was deleted. Raises aiokafka's
        `KafkaError`."""
        await self._look()
        await self._look_for_deletions()
        self._producer = await bulk_producer(self._bootstrap)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await stop(self._producer)

    async def to(self, end: Mapping[Partition, int]) -> None:
        """Returns once everything before `end` is copied and acknowledged.

        Raises aiokafka's `KafkaError` and `TimeoutError`; then nothing more is to be copied by it.
        """
        tasks = [asyncio.create_task(self._copy(place, end[place])) for place in self.reached]
        try:
            await asyncio.gather(*tasks)
        finally:
            await cancel_all(tasks)

    async def _look(self) -> None:
        async with observer(self._bootstrap) as consumer:
            end = await ends(consumer, self._new)
            held = await consumer.beginning_offsets([real(old) for old in self.reached])
        self.reached = {old: held[real(old)] for old in self.reached}
        for new in self._new:
            async for records, _ in read(self._bootstrap, new, 0, end[new]):
                for record in cast("Sequence[ConsumerRecord]", records):
                    if origin := origin_of(record):
                        self._there[origin.partition, new] = origin.offset + 1

    async def _look_for_deletions(self) -> None:
        async with observer(self._bootstrap) as consumer:
            end = await ends(consumer, self.reached)
        for old in self.reached:
            self._deletions[old] = await Deletions.between(
                self._bootstrap, old, self.reached[old], end[old]
            )

    async def _copy(self, old: Partition, end: int) -> None:
        sent: list[asyncio.Future[object]] = []
        async for records, next_offset in read(self._bootstrap, old, self.reached[old], end):
            for record in cast("Sequence[ConsumerRecord]", records):
                new = self._place_of(old, record)
                value = self._deletions[old].without_words(record.offset, record.value)
                if record.offset >= self._there.get((old, new), 0):
                    sent.append(await self._send(Position(old, record.offset), new, record, value))
            if len(sent) >= UNACKNOWLEDGED:
                await self._acknowledged(sent)
                self.reached[old] = next_offset
        await self._acknowledged(sent)
        self.reached[old] = max(end, self.reached[old])

    def _place_of(self, old: Partition, record: ConsumerRecord) -> Partition:
        count = len(self._new)
        key: bytes | None = record.key
        number = real(old).partition % count if key is None else partition_of(key, count)
        return self._new[number]

    async def _send(
        self, origin: Position, new: Partition, record: ConsumerRecord, value: bytes | None
    ) -> asyncio.Future[object]:
        name, number = real(new)
        acknowledged: asyncio.Future[object] = await self._producer.send(
            name,
            value,
            key=record.key,
            partition=number,
            timestamp_ms=record.timestamp,
            headers=[*record.headers, (COPIED_FROM, str(origin).encode())],
        )
        return acknowledged

    async def _acknowledged(self, sent: list[asyncio.Future[object]]) -> None:
        async with asyncio.timeout(FLUSH_SECONDS):
            await asyncio.gather(*sent)
        self.copied += len(sent)
        sent.clear()


def origin_of(record: ConsumerRecord) -> Position | None:
    """Where the record was copied from; None for what was appended where it stands."""
    origins = [value for name, value in record.headers if name == COPIED_FROM]
    return Position.parse(origins[-1].decode()) if origins else None
