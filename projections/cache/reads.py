"""Reading tweets and replies: the cache first, then the stores, whose answer fills the cache."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

from events.positions import Partition
from projections.cache.backing import Backing
from projections.cache.hits import Hits
from projections.cache.values import (
    FILL,
    MISSING,
    TTL_SECONDS,
    WRITE,
    key_of,
    parse,
    parse_retweet,
    retweet_key,
    retweet_value,
    tweet_value,
)
from projections.checkpoints.redis import Checkpoints
from projections.redis import Call, Redis, call_all
from projections.retweets import Pair, RetweetStore
from projections.texts import Texts
from schemas.topics import REPLIES, RETWEETS, TWEETS
from schemas.tweets import Retweet, Tweet


class Found(NamedTuple):
    """By id, each tweet that was ever posted, None for a deleted one; by user and tweet, what is
    known of the one's retweeting of the other; and the values of other keys."""

    tweets: dict[int, Tweet | None]
    retweets: dict[Pair, Retweet]
    beside: Sequence[bytes | None] = ()


class TweetCache:
    topics = (TWEETS.name, REPLIES.name, RETWEETS.name)

    def __init__(self, redis: Redis, generation: int, store: Texts, retweets: RetweetStore) -> None:
        self._redis = redis
        self._generation = generation
        self._checkpoints = Checkpoints(redis, f"cache.g{generation}:checkpoints")
        self._backing = Backing(store, retweets, self._checkpoints)
        self.hits = Hits(redis, generation)

    async def find(self, tweet_ids: Sequence[int]) -> dict[int, Tweet | None]:
        """By id, each tweet that was ever posted: None stands for a deleted one."""
        return (await self.look_up(tweet_ids)).tweets

    async def look_up(
        self, tweet_ids: Sequence[int], pairs: Sequence[Pair] = (), beside: Sequence[str] = ()
    ) -> Found:
        """`beside` are keys of other views, had in the same trip."""
        keys = [
            *[key_of(self._generation, tweet_id) for tweet_id in tweet_ids],
            *[retweet_key(self._generation, pair) for pair in pairs],
            *beside,
        ]
        if not keys:
            return Found({}, {})
        values = cast("list[bytes | None]", await self._redis.mget(keys))
        own = len(tweet_ids) + len(pairs)
        found = Found({}, {}, values[own:])
        missing, unknown = [], []
        for tweet_id, value in zip(tweet_ids, values, strict=False):
            tweet = parse(value)
            if tweet is MISSING:
                missing.append(tweet_id)
            else:
                found.tweets[tweet_id] = tweet
        for pair, value in zip(pairs, values[len(tweet_ids) : own], strict=True):
            if value is None:
                unknown.append(pair)
            else:
                found.retweets[pair] = parse_retweet(value)
        self.hits.count(asked=len(tweet_ids), found=len(found.tweets))
        if missing or unknown:
            stored = await self._backing.find(missing, unknown)
            if stored.may_be_kept:
                tweets = (tweet for tweet in stored.tweets.values() if tweet is not None)
                await self._fill(tweets, stored.retweets.values())
            found.tweets.update(stored.tweets)
            found.retweets.update(stored.retweets)
        return found

    async def checkpoints(self) -> dict[Partition, int]:
        return await self._checkpoints.all()

    async def _fill(self, tweets: Iterable[Tweet], retweets: Iterable[Retweet]) -> None:
        generation = self._generation
        calls: list[Call] = [
            (FILL, [key_of(generation, tweet.tweet_id)], [tweet_value(tweet), TTL_SECONDS])
            for tweet in tweets
        ]
        calls += [
            (
                WRITE,
                [retweet_key(generation, retweet.pair)],
                [TTL_SECONDS, retweet_value(retweet)],
            )
            for retweet in retweets
        ]
        await call_all(self._redis, calls)
