"""Finding tweets and replies by any of their ids, also those too new for the views."""

import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from gateway.log_ends import LogEnds
from gateway.positions import passed
from projections import redis
from projections.registry import Reader, Readers
from schemas.ids import time_of
from schemas.tweets import Tweet

logger = logging.getLogger(__name__)

NEW_MS = 60_000

Find = Callable[[Sequence[int]], Awaitable[dict[int, Tweet | None]]]


class TweetLookup:
    def __init__(self, readers: Readers, ends: LogEnds) -> None:
        self._readers = readers
        self._ends = ends

    @property
    def views(self) -> tuple[Reader, ...]:
        """Those that what is found comes out of."""
        return (self._readers.tweets, self._readers.replies, self._readers.cache)

    async def find(self, tweet_ids: Sequence[int]) -> dict[int, Tweet | None]:
        """By the id asked for, a tweet's or one of its versions'; None for a deleted one."""
        return await self._by_any_id(self.tweets, tweet_ids)

    async def tweets(self, tweet_ids: Sequence[int]) -> dict[int, Tweet | None]:
        """The same by the ids of tweets only. The store answers while the cache is away."""
        try:
            return await self._readers.cache.find(tweet_ids)
        except redis.TRANSIENT as error:
            logger.warning("reading past the cache: %r", error)
            return await self._readers.texts.find(tweet_ids)

    async def find_for_writing(self, tweet_id: int) -> Tweet | None:
        """The tweet, for a decision that asks only whether it exists and whose it is.

        One that is not found although its id is new is looked for again as `find_latest` does.
        """
        found = await self.find([tweet_id])
        if tweet_id in found or not _is_new(tweet_id):
            return found.get(tweet_id)
        return await self.find_latest(tweet_id)

    async def find_latest(self, tweet_id: int) -> Tweet | None:
        """The tweet with all that is on the log now.

        Raises `LogUnavailable`, and a 503 `Problem` when the views are not there in time.
        """
        end = await self._ends.now()
        await passed(end, self._readers.tweets, self._readers.replies)
        return (await self._by_any_id(self._readers.texts.find, [tweet_id])).get(tweet_id)

    async def _by_any_id(self, find: Find, tweet_ids: Sequence[int]) -> dict[int, Tweet | None]:
        found = await find(tweet_ids)
        unknown = [tweet_id for tweet_id in tweet_ids if tweet_id not in found]
        if not unknown:
            return found
        tweet_of = await self._readers.texts.tweets_of_versions(unknown)
        named = await find(sorted(set(tweet_of.values())))
        return found | {
            version: named[tweet] for version, tweet in tweet_of.items() if tweet in named
        }


def _is_new(tweet_id: int) -> bool:
    return abs(time.time() * 1000 - time_of(tweet_id)) < NEW_MS
