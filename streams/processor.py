"""A live view: the lanes of the partitions that this worker was given."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from itertools import chain, repeat

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from events.observer import observer
from events.places import logical
from events.positions import Partition
from events.reader import ends
from events.tasks import cancel_all
from projections.view import View
from schemas.explained import Explained
from schemas.metrics import LAG_EVENTS
from streams.dead_letters import DeadLetters
from streams.feed import Feed
from streams.lane import Acknowledge, FaustEvent, Lane
from streams.turns import Gate

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 2.0
FIRST_BEATS = (0.25, 1.0)
"""Seconds before the first ones: who starts a worker waits for it, and Faust may be silent at
first."""
Seek = Callable[[Partition, int], Awaitable[None]]


def beats() -> Iterator[float]:
    """The seconds before each heartbeat, for ever."""
    return chain(FIRST_BEATS, repeat(HEARTBEAT_SECONDS))


class WorkerFailed(Explained):
    """A view cannot be processed any further by this process."""


class SubscribesAnew(WorkerFailed):
    """Nothing is wrong, but this process is to be started again."""


class Processor:
    """`failed` is set when a lane ended, which is a defect: the process must end too.

    At `gate` the lanes can be held between two batches.
    """

    def __init__(
        self,
        view: View,
        bootstrap: str,
        dead_letters: DeadLetters,
        acknowledge: Acknowledge,
        seek: Seek,
    ) -> None:
        self.view = view
        self.failed = asyncio.Event()
        self.gate = Gate()
        self._bootstrap = bootstrap
        self._dead_letters = dead_letters
        self._acknowledge = acknowledge
        self._seek = seek
        self._lanes: dict[Partition, Lane] = {}
        self._tasks: dict[Partition, asyncio.Task[None]] = {}
        self._seen: dict[Partition, int] = {}
        self._owed: dict[Partition, tuple[int, int]] = {}
        self._left: set[Partition] = set()
        self._closed = False

    def assign(self, partitions: Iterable[Partition]) -> None:
        for partition in partitions:
            if partition not in self._lanes:
                self._open(partition)

    async def revoke(self, partitions: Iterable[Partition]) -> None:
        """Stops at once, wherever a batch is: views stand a crash, and so they stand this."""
        tasks, lanes = [], []
        for partition in partitions:
            if lane := self._lanes.pop(partition, None):
                lanes.append(lane)
            if task := self._tasks.pop(partition, None):
                tasks.append(task)
                LAG_EVENTS.remove(self.view.name, *map(str, partition))
        await cancel_all(tasks)
        for lane in lanes:
            lane.let_go()

    async def put(self, event: FaustEvent) -> None:
        """Hands an event to its lane. One that Faust still brings after the end is left to it."""
        if self._closed:
            return
        partition = logical(event.message.topic, event.message.partition)
        lane = self._lanes.get(partition) or self._open(partition)
        await lane.put(event)

    async def rebind(self, view: View) -> None:
        """Goes on with another generation of the view, from that one's own checkpoints."""
        self.view = view  # first: an event that comes meanwhile opens its lane on this one
        partitions = list(self._lanes)
        self._left.update(partitions)
        await self.revoke(partitions)
        self._seen.clear()
        self._owed.clear()
        self.assign(partitions)

    async def close(self) -> None:
        self._closed = True
        await self.revoke(list(self._lanes))
        await self.view.close()

    async def heartbeat(self, consumer: AIOKafkaConsumer) -> bool:
        """Sees what no event tells: a store or a log that lost its data, a Faust that fell silent.

        False when the store or Kafka did not answer, or the log ends before what the view holds.
        """
        store_answers = await self._notice_loss()
        return await self._break_silence(consumer) and store_answers

    async def _notice_loss(self) -> bool:
        lanes = dict(self._lanes)
        deferred = self.view.deferred
        written = {p: deferred.get(p, lane.feed.position) for p, lane in lanes.items()}
        try:
            stored = await self.view.checkpoints()
        except self.view.transient as error:
            logger.warning("%s: no word from its store: %r", self.view.name, error)
            await self._prepare_again()
            return False
        for partition, lane in lanes.items():
            seen = self._seen.get(partition, lane.feed.opened_at)
            before = max(seen, written[partition])  # it may have come and gone between two looks
            self._seen[partition] = stored.get(partition, 0)
            if self._seen[partition] < before:
                logger.warning("%s lost %s, which stood at %d", self.view.name, partition, before)
                lane.rewind()
        return True

    async def _prepare_again(self) -> None:
        """A table that was lost would give no word for ever, if nothing comes."""
        try:
            await self.view.prepare()
        except self.view.transient as error:
            logger.warning("%s waits for its store: %r", self.view.name, error)

    async def _break_silence(self, consumer: AIOKafkaConsumer) -> bool:
        """Faust's consumers are known to stall at times; what they leave out is read in bulk."""
        try:
            end = await ends(consumer, self._lanes)
        except (KafkaError, OSError, TimeoutError) as error:
            logger.warning("%s: no word from Kafka: %r", self.view.name, error)
            return False
        whole = True
        for partition, lane in list(self._lanes.items()):
            position = lane.feed.position
            owed = self._owed.get(partition, (position, position))
            if lane.is_idle and owed[0] == position < owed[1]:
                logger.warning("%s hears nothing of %s", self.view.name, partition)
                lane.rewind()
            last = end.get(partition, position)
            self._owed[partition] = position, last
            held = self._seen.get(partition, lane.feed.opened_at)
            LAG_EVENTS.labels(self.view.name, *partition).set(max(0, last - held))
            if last < held and lane.is_idle:
                lane.rewind()
            whole = whole and last >= held and not lane.stands_still
        return whole

    def _open(self, partition: Partition) -> Lane:
        async def end() -> int:
            return await self._end(partition)

        async def seek(offset: int) -> None:
            await self._seek(partition, offset)

        feed = Feed(self.view, partition, self._bootstrap, self._dead_letters, self.gate)
        replaces = partition in self._left
        self._left.discard(partition)
        lane = Lane(feed, end, self._acknowledge, seek, replaces=replaces)
        self._lanes[partition] = lane
        task = self._tasks[partition] = asyncio.create_task(lane.run(), name=str(partition))
        task.add_done_callback(lambda task: self._ended(partition, task))
        return lane

    def _ended(self, partition: Partition, task: asyncio.Task[None]) -> None:
        """A lane ends when it is revoked, and never otherwise: not even by a cancellation."""
        if self._tasks.get(partition) is task:
            error = None if task.cancelled() else task.exception()
            logger.critical("the lane of %s broke", partition, exc_info=error)
            self.failed.set()

    async def _end(self, partition: Partition) -> int:
        while True:
            try:
                async with observer(self._bootstrap) as consumer:
                    return await _end_of(consumer, partition)
            except (KafkaError, OSError, TimeoutError) as error:
                logger.warning("%s waits for Kafka: %r", self.view.name, error)
                await asyncio.sleep(HEARTBEAT_SECONDS)


async def _end_of(consumer: AIOKafkaConsumer, partition: Partition) -> int:
    return (await ends(consumer, [partition]))[partition]
