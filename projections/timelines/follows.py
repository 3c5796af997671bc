"""What a follow and an unfollow do to home timelines."""

import asyncio

from projections.graph import Graph, GraphBehind
from projections.graph.relations import Edge
from projections.redis import Call, Redis, call_all
from projections.timelines.entries import COMPLETE
from projections.timelines.fanout import HOME_SECONDS
from projections.timelines.heard import Heard
from projections.timelines.keys import Keys
from projections.timelines.scripts import FOLLOW, LIST, MARK, MERGE, UNFOLLOW
from projections.view import Batch
from schemas.events import (
    FollowerRemoved,
    FollowRequestAnswered,
    UserFollowed,
    UserUnfollowed,
)

POLL_SECONDS = 0.005
WAIT_SECONDS = 5.0


class Follows:
    def __init__(self, redis: Redis, keys: Keys, graph: Graph, cap: int) -> None:
        self._redis = redis
        self._keys = keys
        self._graph = graph
        self._cap = cap
        self._heard = Heard(redis, keys)

    async def apply(self, batch: Batch) -> None:
        """Raises `GraphBehind` when the edges are not in the graph after `WAIT_SECONDS`."""
        ended, begun, accepted = _fold(batch)
        if not ended and not begun:
            return
        await self._graph_has(batch)
        await self._heard.note(batch.partition, batch.next_offset)
        withdrawn = accepted - await self._edges(batch, accepted) if accepted else set()
        begun = {edge: offset for edge, offset in begun.items() if edge not in withdrawn}
        await call_all(
            self._redis,
            [
                (UNFOLLOW, self._keys.all_of(follower), [followee, offset, HOME_SECONDS])
                for (follower, followee), offset in ended.items()
            ],
        )
        existing = await call_all(
            self._redis,
            [
                (FOLLOW, self._keys.all_of(follower)[:2], [followee, offset])
                for (follower, followee), offset in begun.items()
            ],
        )
        await self._merge([pair for pair, exists in zip(begun, existing, strict=True) if exists])

    async def _graph_has(self, batch: Batch) -> None:
        deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
        while (await self._graph.checkpoints()).get(batch.partition, 0) < batch.next_offset:
            if asyncio.get_running_loop().time() > deadline:
                raise GraphBehind(f"{batch.partition} has not reached {batch.next_offset}")
            await asyncio.sleep(POLL_SECONDS)

    async def _edges(self, batch: Batch, pairs: set[Edge]) -> set[Edge]:
        """Those of the pairs that there are, in a graph that has the batch."""
        async with self._graph.at_one_moment() as graph:
            await graph.require({batch.partition: batch.next_offset})
            return await graph.edges(pairs)

    async def _merge(self, pairs: list[tuple[int, int]]) -> None:
        authors = sorted({followee for _, followee in pairs})
        if not authors:
            return
        famous = await famous_among(self._redis, self._keys, authors)
        lists = await author_lists(self._redis, self._keys, authors, self._cap)
        calls: list[Call] = []
        for follower, followee in pairs:
            keys = self._keys.all_of(follower)
            if followee in famous:
                calls.append((MARK, keys, [followee, HOME_SECONDS]))
            else:
                calls.append((MERGE, keys[:1], [self._cap, lists[followee], COMPLETE, b""]))
        await call_all(self._redis, calls)


def _fold(batch: Batch) -> tuple[dict[Edge, int], dict[Edge, int], set[Edge]]:
    """What a batch ends, and then begins, each with the offset that says so last.

    And what of that begins only if it was asked for and not withdrawn, which the graph knows.
    """
    ended: dict[Edge, int] = {}
    begun: dict[Edge, int] = {}
    accepted: set[Edge] = set()
    for offset, event in batch.events:
        match event:
            case UserFollowed(actor=follower, target=followee):
                begun[follower, followee] = offset
                accepted.discard((follower, followee))
            case FollowRequestAnswered(actor=followee, follower=follower, accepted=True):
                if (follower, followee) not in begun:
                    accepted.add((follower, followee))
                begun[follower, followee] = offset
            case (
                UserUnfollowed(actor=follower, target=followee)
                | FollowerRemoved(actor=followee, follower=follower)
            ) if follower != followee:  # gateways took that once; a home shows its own author
                ended[follower, followee] = offset
                begun.pop((follower, followee), None)
                accepted.discard((follower, followee))
            case _:
                pass
    return ended, begun, accepted


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
