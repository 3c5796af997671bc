"""Fan-out in bounded slices, so that no account's followers delay another account's tweet.

An author with few followers is served at once. One with many goes into a queue, from which every
turn takes one slice of one author. The queue is not durable and need not be: the checkpoint stays
before the oldest post in it, so a worker that takes over delivers it again, and an entry that is
already in a timeline stays single.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from events.positions import Partition
from events.tasks import cancel_all
from projections.graph import Graph
from projections.redis import TRANSIENT, Call, Redis, call_all
from projections.timelines.entries import pack
from projections.timelines.heard import Heard
from projections.timelines.keys import Keys
from projections.timelines.scripts import MARK
from schemas.tweets import Entry

logger = logging.getLogger(__name__)

SLICE = 1_000
"""Deliveries in one turn; some 5 ms of one Redis, for which a small author may have to wait."""

LATE_SLICE = 20_000
"""Deliveries in one trip where everything is late: the more, the more of them share a home."""

MAX_QUEUED = 1_000
RETRY_SECONDS = 0.5
HOME_SECONDS = 30 * 86_400
"""A home timeline that nobody has read for so long is dropped, and built when read again."""


class Errand(Struct, eq=False):
    """Entries of one author on their way to the followers with ids above `after`.

    With `celebrity`, no entries: the followers learn to merge this author when they read. They have
    all learned it only where the store has held the partition `since` then.
    """

    partition: Partition
    offset: int
    since: bytes
    author: int
    entries: bytes
    celebrity: bool = False
    after: int = -1
    delivered: bool = False


class FanOut:
    """`finished` is awaited with every errand that is delivered, until it succeeds."""

    def __init__(
        self,
        redis: Redis,
        keys: Keys,
        graph: Graph,
        cap: int,
        finished: Callable[[Errand], Awaitable[None]],
    ) -> None:
        self._redis = redis
        self._keys = keys
        self._graph = graph
        self._heard = Heard(redis, keys)
        self._cap = cap
        self._finished = finished
        self._queue: deque[Errand] = deque()
        self._under_way: set[Errand] = set()
        self._changed = asyncio.Condition()
        self._turns: asyncio.Task[None] | None = None

    async def deliver(
        self, posts: Iterable[Entry], audience: Mapping[int, Sequence[int]], slice_: int
    ) -> None:
        """Pushes posts, in the order of their ids, to the homes of each author's audience.

        What one home gets from one slice, of that many deliveries, reaches it in one piece.
        """
        entries_of: dict[int, bytes] = {}
        size = 0
        for post in posts:
            packed = pack([post])
            for user in audience[post.author]:
                entries_of[user] = entries_of.get(user, b"") + packed
            size += len(audience[post.author])
            if size >= slice_:
                await self._push(entries_of)
                entries_of, size = {}, 0
        await self._push(entries_of)

    async def queue(self, errands: Sequence[Errand]) -> None:
        """Takes the errands over, waiting while too many are queued."""
        if not errands:
            return
        if self._turns is None:
            self._turns = asyncio.create_task(self._take_turns())
        async with self._changed:
            await self._changed.wait_for(lambda: len(self._under_way) < MAX_QUEUED)
            self._under_way.update(errands)
            self._queue.extend(errands)
            self._changed.notify_all()

    def oldest(self, partition: Partition) -> int | None:
        """The lowest offset of `partition` that is not delivered yet."""
        left = (e for e in self._under_way if e.partition == partition and not e.delivered)
        return min((errand.offset for errand in left), default=None)

    async def close(self) -> None:
        if self._turns is not None:
            await cancel_all([self._turns])

    async def _push(self, entries_of: Mapping[int, bytes]) -> None:
        await call_all(self._redis, self._keys.deliveries(entries_of, self._cap))

    async def _take_turns(self) -> None:
        """An errand that fails goes behind all others, which do not wait until it works."""
        works = True
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: bool(self._queue))
                errand = self._queue.popleft()
            worked, works = works, await self._turn(errand)
            if not (worked or works):  # beside one that fails alone, the others need no pause
                await asyncio.sleep(RETRY_SECONDS)
            async with self._changed:
                if errand in self._under_way:
                    self._queue.append(errand)
                self._changed.notify_all()

    async def _turn(self, errand: Errand) -> bool:
        """Whether it worked."""
        try:
            if not errand.delivered:
                errand.delivered = await self._one_slice(errand)
            if errand.delivered:
                await self._finished(errand)
                self._under_way.discard(errand)
        except (*TRANSIENT, *self._graph.transient) as error:
            logger.warning("fan-out of %s waits: %r", errand.author, error)
            return False
        except Exception:  # a defect, which must neither be silent nor stop all the others
            logger.exception("fan-out of %s fails, and is tried again", errand.author)
            return False
        return True

    async def _one_slice(self, errand: Errand) -> bool:
        """Whether that was the last one."""
        heard = await self._heard.all()
        async with self._graph.at_one_moment() as graph:
            await graph.require(heard)
            followers = await graph.follower_slice(errand.author, after=errand.after, limit=SLICE)
        if errand.celebrity:
            await call_all(self._redis, self._marks(errand.author, followers))
        else:
            await self._push(dict.fromkeys(followers, errand.entries))
        if followers:
            errand.after = followers[-1]
        return len(followers) < SLICE

    def _marks(self, author: int, followers: list[int]) -> list[Call]:
        return [
            (
                MARK,
                self._keys.all_of(follower),
                [author, HOME_SECONDS],
            )
            for follower in followers
        ]
