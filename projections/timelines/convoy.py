"""A backlog's batches, brought together so that posts are delivered in the order of their ids.

When a view catches up, each partition comes on its own, and its posts would reach timelines in
which younger ones of other partitions stand already: each would have to be sorted in. Batches that
come while others are delivered wait for each other instead, and go out as one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from msgspec import Struct

from events.tasks import cancel_all
from projections.timelines.entries import Post

LINGER_SECONDS = 0.03
"""What it takes a partition to read its next batch; nothing beside what is late already."""

Deliver = Callable[[list[Post]], Awaitable[None]]


class Departure(Struct, eq=False):
    posts: list[Post]
    task: asyncio.Task[None] | None = None


class Convoy:
    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._next: Departure | None = None
        self._road = asyncio.Lock()
        self._under_way: set[asyncio.Task[None]] = set()

    async def join(self, posts: Iterable[Post]) -> None:
        """Returns when the posts are delivered, with those of others; raises what that raises."""
        if self._next is None:
            self._next = Departure([])
            self._next.task = asyncio.create_task(self._go(self._next))
            self._under_way.add(self._next.task)
            self._next.task.add_done_callback(self._under_way.discard)
        departure = self._next
        departure.posts.extend(posts)
        assert departure.task is not None
        await asyncio.shield(departure.task)

    async def close(self) -> None:
        await cancel_all(self._under_way)

    async def _go(self, departure: Departure) -> None:
        async with self._road:
            await asyncio.sleep(LINGER_SECONDS)
            self._next = None
            await self._deliver(sorted(departure.posts))
