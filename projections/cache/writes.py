"""Writing the tweet cache: new tweets are put in, edits and deletions put out what was there."""

import time

from events.positions import Partition
from projections.cache.values import (
    DELETED,
    EDIT,
    RETWEET,
    TTL_SECONDS,
    edited_value,
    key_of,
    retweet_key,
    retweet_value,
    tweet_value,
)
from projections.checkpoints.redis import Checkpoints
from projections.redis import TRANSIENT, Redis, call_all, delete_matching
from projections.retweets.documents import latest
from projections.texts.documents import tweet_of
from projections.view import NOTHING_DEFERRED, Batch, Digest, digest_of
from schemas.events import ReplyDeleted, Rewritten, TweetDeleted, Written
from schemas.topics import REPLIES, RETWEETS, TWEETS


class CacheView:
    name = "cache"
    topics = (TWEETS, REPLIES, RETWEETS)
    transient = TRANSIENT
    deferred = NOTHING_DEFERRED

    def __init__(self, redis: Redis, generation: int) -> None:
        self._redis = redis
        self._generation = generation
        self._checkpoints_key = f"cache.g{generation}:checkpoints"
        self._checkpoints = Checkpoints(redis, self._checkpoints_key)

    async def prepare(self) -> None:
        """Redis needs nothing."""

    async def apply(self, batch: Batch) -> None:
        """Posts older than an entry's life leave no trace: the store answers for those.

        Edits and deletions do, however late: a reader may have filled the cache just now.
        """
        held = await self._checkpoints.begin(batch.partition, batch.start)
        oldest = time.time() * 1000 - TTL_SECONDS * 1000
        events = [event for _, event in batch.events]
        changed = {
            e.tweet_id for e in events if isinstance(e, Rewritten | TweetDeleted | ReplyDeleted)
        }
        async with self._redis.pipeline(transaction=False) as pipeline:
            for post in events:
                if isinstance(post, Written) and post.at >= oldest and post.tweet_id not in changed:
                    value = tweet_value(tweet_of(post))
                    pipeline.set(self._key(post.tweet_id), value, ex=TTL_SECONDS, nx=True)
            await pipeline.execute()
        await call_all(
            self._redis,
            [
                (EDIT, [self._key(e.tweet_id)], [edited_value(e.version_id), TTL_SECONDS])
                for e in events
                if isinstance(e, Rewritten)
            ],
        )
        async with self._redis.pipeline(transaction=False) as pipeline:
            for event in events:
                if isinstance(event, TweetDeleted | ReplyDeleted):
                    pipeline.set(self._key(event.tweet_id), DELETED, ex=TTL_SECONDS)
            await pipeline.execute()
        await call_all(
            self._redis,
            [
                (
                    RETWEET,
                    [retweet_key(self._generation, retweet.pair)],
                    [retweet_value(retweet), TTL_SECONDS],
                )
                for retweet in latest(batch.events)
            ],
        )
        await self._checkpoints.advance(batch.partition, batch.start, batch.next_offset, held.since)

    async def checkpoints(self) -> dict[Partition, int]:
        return await self._checkpoints.all()

    async def digest(self) -> Digest:
        """Of nothing: a cache may forget, so two of them need not hold the same. What both hold
        is compared by key when one is built anew."""
        return digest_of(())

    async def drop(self) -> None:
        await delete_matching(self._redis, f"cache.g{self._generation}:*")

    async def close(self) -> None:
        pass

    def _key(self, tweet_id: int) -> str:
        return key_of(self._generation, tweet_id)
