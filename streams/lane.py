"""One partition on its way from Faust into a view."""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from events.reader import Record
from projections.view import CheckpointBehind
from streams.feed import Feed

BATCH_EVENTS = 1_000
QUEUED_EVENTS = 4_000
SKIP_EVENTS = 10_000
"""So many known events cost Faust some half a second: more than a seek does."""

LOOK_SECONDS = 2.0

logger = logging.getLogger(__name__)

FaustEvent = Any
Ends = Callable[[], Awaitable[int]]
Acknowledge = Callable[[FaustEvent], Awaitable[None]]
Seek = Callable[[int], Awaitable[None]]


class Lane:
    """Batches are what has come in while the last one was written: no event waits for company.

    An event is acknowledged after its batch is in the store, and never otherwise. Where Faust
    leaves a gap before its first event, or the store has one, the log is read in bulk. Where Faust
    is far behind the store, as a new group is that begins at 0, it is told to skip what is known.
    So it is when a lane `replaces` another one, whose events nobody acknowledges any more.
    """

    def __init__(
        self,
        feed: Feed,
        end: Ends,
        acknowledge: Acknowledge,
        seek: Seek,
        *,
        replaces: bool = False,
    ) -> None:
        self.feed = feed
        self._end = end
        self._acknowledge = acknowledge
        self._seek = seek
        self._replaces = replaces
        self._sought = 0
        self._waits = False
        self._rewound = False
        self.stands_still = False
        self._queue: asyncio.Queue[FaustEvent | None] = asyncio.Queue(QUEUED_EVENTS)

    @property
    def is_idle(self) -> bool:
        return self._waits and self._queue.empty()

    async def put(self, event: FaustEvent) -> None:
        await self._queue.put(event)

    def rewind(self) -> None:
        """The store was seen to have lost what it had: read on from its checkpoint. Who tells it
        looks after other lanes too, and does not wait until there is room."""
        self._rewound = True
        if self._queue.empty():
            self._queue.put_nowait(None)

    def let_go(self) -> None:
        """To be called when it runs no more: whoever waits for room would wait for ever."""
        while not self._queue.empty():
            self._queue.get_nowait()

    async def run(self) -> None:
        """Never returns. What it raises is a defect, and must end the process."""
        await self._from_checkpoint()
        if self._replaces:
            await self._skip()
        while True:
            events = [event for event in await self._take() if event is not None]
            if self._rewound:
                self._rewound = False
                await self._from_checkpoint()
            if events:
                for run in _runs([event.message for event in events]):
                    await self._apply(run)
            for event in events:
                await self._acknowledge(event)

    async def _from_checkpoint(self) -> None:
        """Stands still where the log ends before what the view holds, also when it has grown beyond
        that again: offsets that are given out again would be taken for known. Only a view whose
        data are dropped goes on. An end that is seen once may be what a late replica said."""
        await self.feed.open()
        lowest, times = sys.maxsize, 0
        while (end := await self._end()) < self.feed.position or (
            times > 1 and lowest < self.feed.position
        ):
            if end < self.feed.position:
                lowest, times = min(lowest, end), times + 1
            self.stands_still = True
            if times > 1:
                self._say_what_is_lost(lowest)
            await asyncio.sleep(LOOK_SECONDS)
            await self.feed.open()
        self.stands_still = False
        await self.feed.catch_up(end)

    def _say_what_is_lost(self, end: int) -> None:
        logger.critical(
            "%s ended at %d, but %s holds it up to %d: the log has lost events. Drop the data of "
            "the view (docs/operating.md, Backups)",
            self.feed.partition,
            end,
            self.feed.view_name,
            self.feed.position,
        )

    async def _take(self) -> list[FaustEvent | None]:
        self._waits = True
        taken = [await self._queue.get()]
        self._waits = False
        while len(taken) < BATCH_EVENTS and not self._queue.empty():
            taken.append(self._queue.get_nowait())
        return taken

    async def _apply(self, records: list[Record]) -> None:
        end = records[-1].offset + 1
        if max(records[0].offset + SKIP_EVENTS, self._sought + 1) <= self.feed.position:
            await self._skip()
        await self.feed.catch_up(records[0].offset)
        fresh = [record for record in records if record.offset >= self.feed.position]
        if not fresh:
            return
        try:
            await self.feed.advance(fresh, end)
        except CheckpointBehind:
            await self.feed.catch_up(end)

    async def _skip(self) -> None:
        self._sought = self.feed.position
        await self._seek(self.feed.position)


def _runs(records: list[Record]) -> list[list[Record]]:
    """Split where offsets leave a gap or go back, as they may around a rebalance."""
    runs = [[records[0]]]
    for record in records[1:]:
        if record.offset == runs[-1][-1].offset + 1:
            runs[-1].append(record)
        else:
            runs.append([record])
    return runs
