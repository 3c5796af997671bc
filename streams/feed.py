"""Feeds one partition of the log to one view: in order, in batches, whatever happens.

The same code serves live workers and rebuilds; they differ in where the records come from.
"""

import asyncio
import logging
import time
from collections.abc import Sequence

from aiokafka.errors import KafkaError

from events.codec import Undecodable, decode, encode
from events.positions import Partition, Position
from events.reader import Record, read
from projections.view import Batch, CheckpointBehind, Recorded, View, prepare_to_fill
from schemas.metrics import APPLY_RETRIES, APPLY_SECONDS, BATCH_EVENTS
from streams.dead_letters import SetAside
from streams.turns import AtOnce, Turns

logger = logging.getLogger(__name__)

FIRST_RETRY_SECONDS = 0.05
LAST_RETRY_SECONDS = 5.0
REQUESTS_NAMED = 5


class Feed:
    """`position` is the offset of the next record to apply, `opened_at` the view's when opened.

    With `filling` nobody reads the view yet.
    """

    def __init__(
        self,
        view: View,
        partition: Partition,
        bootstrap: str,
        dead_letters: SetAside,
        turns: Turns | None = None,
        *,
        filling: bool = False,
    ) -> None:
        self._view = view
        self._bootstrap = bootstrap
        self._dead_letters = dead_letters
        self._turns = turns or AtOnce()
        self._filling = filling
        self._seconds = APPLY_SECONDS.labels(view.name)
        self._events = BATCH_EVENTS.labels(view.name)
        self.partition = partition
        self.position = 0
        self.opened_at = 0

    @property
    def view_name(self) -> str:
        return self._view.name

    @property
    def most(self) -> int:
        """Records that are read in bulk, and applied, at a time."""
        return self._turns.records

    async def open(self) -> None:
        """Takes the position from the view's own checkpoint."""
        while True:
            try:
                await self._prepare()
                stored = (await self._view.checkpoints()).get(self.partition, 0)
                self.position = self.opened_at = stored
            except self._view.transient as error:
                logger.warning("%s waits for its store: %r", self._view.name, error)
                await asyncio.sleep(LAST_RETRY_SECONDS / 5)
            else:
                return

    async def catch_up(self, end: int) -> None:
        """Applies everything before `end`, read in bulk and past Faust."""
        if self.position < end:
            logger.info("%s: %s from %d to %d", self._view.name, self.partition, self.position, end)
        while self.position < end:
            try:
                async for records, next_offset in read(
                    self._bootstrap, self.partition, self.position, end, most=self.most
                ):
                    await self.advance(records, next_offset)
            except CheckpointBehind:
                continue
            except (KafkaError, OSError, TimeoutError) as error:
                logger.warning("%s waits for Kafka: %r", self._view.name, error)
                await asyncio.sleep(LAST_RETRY_SECONDS / 5)

    async def advance(self, records: Sequence[Record], next_offset: int) -> None:
        """Applies records that begin at the position, retrying for as long as the store is away.

        Raises `CheckpointBehind`, with the position set back, when the store has lost something.
        """
        try:
            async with self._turns.turn(self.partition, self.position):
                events = await self._decoded(records)
                await self._apply(Batch(self.partition, self.position, next_offset, events))
        except CheckpointBehind as behind:
            logger.warning("%s lost its place: %s", self._view.name, behind)
            await self.open()
            raise
        self.position = next_offset

    async def _decoded(self, records: Sequence[Record]) -> list[Recorded]:
        events = []
        for record in records:
            value = record.value or b""
            try:
                events.append(Recorded(record.offset, decode(value)))
            except Undecodable as error:
                position = Position(self.partition, record.offset)
                await self._dead_letters.add(self._view.name, position, str(error), value)
        return events

    async def _apply(self, batch: Batch) -> None:
        delay = FIRST_RETRY_SECONDS
        while True:
            began = time.perf_counter()
            try:
                await self._view.apply(batch)
            except CheckpointBehind:
                raise
            except self._view.transient as error:
                APPLY_RETRIES.labels(self._view.name).inc()
                about = {"request_id": _requests_of(batch)}
                logger.warning(
                    "%s retries %s: %r", self._view.name, batch.partition, error, extra=about
                )
                await asyncio.sleep(delay)
                delay = min(2 * delay, LAST_RETRY_SECONDS)
                await self._prepare_again()
            except Exception as error:
                if not batch.events:
                    raise
                about = {"request_id": _requests_of(batch)}
                logger.exception(
                    "%s cannot apply %s", self._view.name, batch.partition, extra=about
                )
                await self._isolate(batch, error)
                return
            else:
                self._seconds.observe(time.perf_counter() - began)
                self._events.observe(len(batch.events))
                return

    async def _prepare_again(self) -> None:
        try:
            await self._prepare()
        except self._view.transient as error:
            logger.warning("%s waits for its store: %r", self._view.name, error)

    async def _prepare(self) -> None:
        await (prepare_to_fill(self._view) if self._filling else self._view.prepare())

    async def _isolate(self, batch: Batch, error: Exception) -> None:
        """Finds the events that can never be applied, one by one, and applies the others."""
        if len(batch.events) == 1:
            offset, event = batch.events[0]
            position = Position(batch.partition, offset)
            await self._dead_letters.add(self._view.name, position, repr(error), encode(event))
            await self._apply(batch._replace(events=()))
            return
        start = batch.start
        for number, recorded in enumerate(batch.events, 1):
            last = number == len(batch.events)
            end = batch.next_offset if last else recorded.offset + 1
            await self._apply(Batch(batch.partition, start, end, (recorded,)))
            start = end


def _requests_of(batch: Batch) -> list[str]:
    """The requests that the first events of a batch came from."""
    return [recorded.event.request_id for recorded in batch.events[:REQUESTS_NAMED]]
