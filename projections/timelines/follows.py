"""What a follow and an unfollow do to home timelines."""

import asyncio

from projections.graph import Graph
from projections.graph.writes import fold
from projections.redis import Call, Redis, call_all
from projections.timelines.entries import COMPLETE
from projections.timelines.fanout import HOME_SECONDS
from projections.timelines.keys import Keys
from projections.timelines.scripts import FOLLOW, LIST, MARK, MERGE, UNFOLLOW
from projections.view import Batch

POLL_SECONDS = 0.005
WAIT_SECONDS = 5.0


class GraphBehind(Exception):
    """The graph view has not got as far as these events yet."""


class Follows:
    def __init__(self, redis: Redis, keys: Keys, graph: Graph, cap: int) -> None:
        self._redis = redis
        self._keys = keys
        self._graph = graph
        self._cap = cap

    async def apply(self, batch: Batch) -> None:
        """Raises `GraphBehind` when the edges are not in the graph after `WAIT_SECONDS`."""
        ended, begun = fold(event for _, event in batch.events)
        if not ended and not begun:
            return
        await self._graph_has(batch)
        await call_all(
            self._redis,
            [
                (UNFOLLOW, self._keys.all_of(follower), [followee, HOME_SECONDS])
                for follower, followee in ended
            ],
        )
        pairs = list(begun)
        existing = await call_all(
            self._redis,
            [
                (FOLLOW, [self._keys.home(follower), self._keys.hidden(follower)], [followee])
                for follower, followee in pairs
            ],
        )
        await self._merge([pair for pair, exists in zip(pairs, existing, strict=True) if exists])

    async def _graph_has(self, batch: Batch) -> None:
        deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
        while (await self._graph.checkpoints()).get(batch.partition, 0) < batch.next_offset:
            if asyncio.get_running_loop().time() > deadline:
                raise GraphBehind(f"{batch.partition} has not reached {batch.next_offset}")
            await asyncio.sleep(POLL_SECONDS)

    async def _merge(self, pairs: list[tuple[int, int]]) -> None:
        authors = sorted({followee for _, followee in pairs})
        if not authors:
            return
        famous = await famous_among(self._redis, self._keys, authors)
        lists = await author_lists(self._redis, self._keys, authors, self._cap)
        calls: list[Call] = []
        for follower, followee in pairs:
            home = self._keys.home(follower)
            if followee in famous:
                marked = self._keys.celebrities_of(follower)
                calls.append((MARK, [home, marked], [followee, HOME_SECONDS]))
            else:
                calls.append((MERGE, [home], [self._cap, lists[followee], COMPLETE, 0]))
        await call_all(self._redis, calls)


async def famous_among(redis: Redis, keys: Keys, authors: list[int]) -> set[int]:
    """Those of `authors` who are celebrities."""
    if not authors:
        return set()
    answers = await redis.smismember(keys.celebrities, [str(author) for author in authors])
    return {author for author, famous in zip(authors, answers, strict=True) if famous}


async def author_lists(
    redis: Redis, keys: Keys, authors: list[int], limit: int
) -> dict[int, bytes]:
    """The newest entries of each author's own timeline, packed, newest first."""
    found = await call_all(redis, [(LIST, [keys.author(author)], [limit]) for author in authors])
    return dict(zip(authors, found, strict=True))
