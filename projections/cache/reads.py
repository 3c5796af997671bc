"""Reading tweets and replies: the cache first, then the stores, whose answer fills the cache."""

from collections.abc import Iterable, Sequence
from typing import cast

from events.positions import Partition
from projections.cache.hits import Hits
from projections.cache.values import FILL, MISSING, TTL_SECONDS, key_of, parse, tweet_value
from projections.redis import Checkpoints, Redis, call_all
from projections.texts import Texts
from schemas.topics import REPLIES, TWEETS
from schemas.tweets import Tweet


class TweetCache:
    topics = (TWEETS.name, REPLIES.name)

    def __init__(self, redis: Redis, generation: int, store: Texts) -> None:
        self._redis = redis
        self._generation = generation
        self._store = store
        self._checkpoints = Checkpoints(redis, f"cache.g{generation}:checkpoints")
        self.hits = Hits(redis, generation)

    async def find(self, tweet_ids: Sequence[int]) -> dict[int, Tweet | None]:
        """By id, each tweet that was ever posted: None stands for a deleted one."""
        if not tweet_ids:
            return {}
        keys = [key_of(self._generation, tweet_id) for tweet_id in tweet_ids]
        values = cast("list[bytes | None]", await self._redis.mget(keys))
        found: dict[int, Tweet | None] = {}
        missing = []
        for tweet_id, value in zip(tweet_ids, values, strict=True):
            tweet = parse(value)
            if tweet is MISSING:
                missing.append(tweet_id)
            else:
                found[tweet_id] = tweet
        self.hits.count(asked=len(tweet_ids), found=len(found))
        if missing:
            stored = await self._store.find(missing)
            await self._fill(tweet for tweet in stored.values() if tweet is not None)
            found |= stored
        return found

    async def checkpoints(self) -> dict[Partition, int]:
        return await self._checkpoints.all()

    async def _fill(self, tweets: Iterable[Tweet]) -> None:
        await call_all(
            self._redis,
            [
                (
                    FILL,
                    [key_of(self._generation, tweet.tweet_id)],
                    [tweet_value(tweet), TTL_SECONDS],
                )
                for tweet in tweets
            ],
        )
