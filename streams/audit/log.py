"""Reading the log for an audit."""

from collections.abc import Mapping

from events.codec import Undecodable, decode
from events.observer import observer
from events.positions import Partition
from events.reader import ends, read
from projections.view import Recorded
from schemas.explained import Explained
from streams.audit.folds.told import Told


class BeyondTheLog(Explained):
    """A view stands behind the end of the log: the log was restored from an older backup."""


class Log:
    """What was read once is kept for the views that are audited after."""

    def __init__(self, bootstrap: str) -> None:
        self._bootstrap = bootstrap
        self._told: dict[Partition, list[Recorded]] = {}
        self._read: dict[Partition, int] = {}

    async def before(self, offsets: Mapping[Partition, int]) -> Told:
        """All events before the offsets; what is no event is left out. Raises `BeyondTheLog`."""
        async with observer(self._bootstrap) as consumer:
            for partition, end in (await ends(consumer, offsets)).items():
                if offsets[partition] > end:
                    raise BeyondTheLog(
                        f"{partition} ends at {end}, but a view stands at {offsets[partition]}"
                    )
        for partition, offset in offsets.items():
            await self._go_on(partition, offset)
        return {
            partition: [recorded for recorded in self._told[partition] if recorded.offset < offset]
            for partition, offset in offsets.items()
        }

    async def _go_on(self, partition: Partition, end: int) -> None:
        told = self._told.setdefault(partition, [])
        start = self._read.get(partition, 0)
        async for records, next_offset in read(self._bootstrap, partition, start, end):
            for record in records:
                try:
                    told.append(Recorded(record.offset, decode(record.value or b"")))
                except Undecodable:
                    continue
            self._read[partition] = next_offset
