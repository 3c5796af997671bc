"""The stores behind the cache, and whether what they answer may be kept in it.

Edits, deletions and undone retweets leave marks in the cache that live for a day. A store that is
filled anew, after a loss, lacks for a while what the cache has forgotten by then. So an answer is
kept only where the store held all that the cache did, and has lost nothing until it answered.
"""

import asyncio
import logging
from collections.abc import Awaitable, Iterable, Mapping, Sequence, Set
from itertools import chain
from typing import Protocol, TypeVar

from msgspec import Struct

from events.positions import Partition
from projections import mongo, redis
from projections.checkpoints.mongo import NOWHERE, Standing
from projections.checkpoints.redis import Checkpoints
from projections.retweets import Pair, RetweetStore
from projections.texts import Texts
from schemas.topics import REPLIES, RETWEETS, TWEETS
from schemas.tweets import Retweet, Tweet

REMEMBERED_SECONDS = 60.0
"""What the cache was told since it was asked where it stands, it has a mark of for a day: an older
answer is as good as a new one, and stores that are a little behind the cache have reached it."""

TRANSIENT = (*mongo.TRANSIENT, *redis.TRANSIENT)

Some = TypeVar("Some")

logger = logging.getLogger(__name__)


class Answer(Struct, frozen=True):
    """What the stores found, and whether the cache may have it."""

    tweets: Mapping[int, Tweet | None]
    retweets: Mapping[Pair, Retweet]
    may_be_kept: bool


class _Ground(Struct, frozen=True):
    """Where the cache stood, and where the stores did."""

    cached: Mapping[Partition, int]
    stored: Mapping[Partition, Standing]


class _Store(Protocol):
    @property
    def topics(self) -> tuple[str, ...]: ...

    async def standing(self) -> dict[Partition, Standing]: ...


class Backing:
    def __init__(self, texts: Texts, retweets: RetweetStore, cached: Checkpoints) -> None:
        self._texts = texts
        self._retweets = retweets
        self._stores: list[_Store] = [*texts.stores, retweets]
        self._checkpoints = cached
        self._cached: Mapping[Partition, int] = {}
        self._asked = float("-inf")
        self._ground: _Ground | None = None

    async def find(self, tweet_ids: Sequence[int], pairs: Iterable[Pair]) -> Answer:
        """What cannot be checked is answered, and not kept."""
        before = await _unless_away(self._before())
        tweets, retweets = await asyncio.gather(
            self._texts.find(tweet_ids), self._retweets.find(pairs)
        )
        may_be_kept = False
        if before is not None:
            topics = _topics(tweets.values(), retweets)
            may_be_kept = _held(before, topics) and bool(
                await _unless_away(self._lost_nothing(before, topics))
            )
            if not may_be_kept and self._ground is before:
                self._ground = None
        return Answer(tweets, retweets, may_be_kept)

    async def _before(self) -> _Ground:
        now = asyncio.get_running_loop().time()
        if now - self._asked > REMEMBERED_SECONDS:
            self._cached, self._asked, self._ground = await self._checkpoints.all(), now, None
        if (ground := self._ground) is None:
            cached = self._cached
            ground = _Ground(cached, await self._stand({p.topic for p in cached}))
            self._ground = ground
        return ground

    async def _lost_nothing(self, before: _Ground, topics: Set[str]) -> bool:
        """Since then, not even its collection, which a write may have made again unnoticed."""
        now = await self._stand(topics)
        for partition, then in before.stored.items():
            if partition.topic in topics:
                after = now.get(partition, NOWHERE)
                if after.since != then.since or after.next_offset < then.next_offset:
                    return False
        return True

    async def _stand(self, topics: Set[str]) -> dict[Partition, Standing]:
        asked = [store for store in self._stores if not topics.isdisjoint(store.topics)]
        found = await asyncio.gather(*(store.standing() for store in asked))
        return dict(chain.from_iterable(stands.items() for stands in found))


async def _unless_away(asking: Awaitable[Some]) -> Some | None:
    try:
        return await asking
    except TRANSIENT as error:
        logger.info("whether the cache may keep an answer is not known: %r", error)
        return None


def _topics(tweets: Iterable[Tweet | None], retweets: Mapping[Pair, Retweet]) -> set[str]:
    """Those that what was found is about."""
    found = {REPLIES.name if tweet.reply else TWEETS.name for tweet in tweets if tweet is not None}
    return found | {RETWEETS.name} if retweets else found


def _held(before: _Ground, topics: Set[str]) -> bool:
    """Whether the stores held all that the cache did."""
    return all(
        before.stored.get(partition, NOWHERE).next_offset >= end
        for partition, end in before.cached.items()
        if partition.topic in topics
    )
