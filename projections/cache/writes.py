"""Writing the tweet cache: new tweets are put in, edits and deletions put out what was there."""

import time

from events.positions import Partition
from projections.cache.values import DELETED, TTL_SECONDS, edited_value, key_of, tweet_value
from projections.redis import TRANSIENT, Checkpoints, Redis, delete_matching
from projections.view import Batch, Digest, digest_of
from schemas.events import TweetDeleted, TweetEdited, TweetPosted
from schemas.topics import TWEETS
from schemas.tweets import Tweet, Version


class CacheView:
    name = "cache"
    topics = (TWEETS,)
    transient = TRANSIENT

    def __init__(self, redis: Redis, generation: int) -> None:
        self._redis = redis
        self._generation = generation
        self._checkpoints_key = f"cache.g{generation}:checkpoints"
        self._checkpoints = Checkpoints(redis, self._checkpoints_key)

    async def prepare(self) -> None:
        """Redis needs nothing."""

    async def apply(self, batch: Batch) -> None:
        """Events older than an entry's life leave no trace: the store answers for those."""
        oldest = time.time() * 1000 - TTL_SECONDS * 1000
        async with self._redis.pipeline(transaction=False) as pipeline:
            for _, event in batch.events:
                if event.at < oldest:
                    continue
                match event:
                    case TweetPosted(tweet_id=tweet):
                        value = tweet_value(_posted(event))
                        pipeline.set(self._key(tweet), value, ex=TTL_SECONDS, nx=True)
                    case TweetEdited(tweet_id=tweet, version_id=version):
                        pipeline.set(self._key(tweet), edited_value(version), ex=TTL_SECONDS)
                    case TweetDeleted(tweet_id=tweet):
                        pipeline.set(self._key(tweet), DELETED, ex=TTL_SECONDS)
                    case _:
                        pass
            await pipeline.execute()
        await self._checkpoints.advance(batch.partition, batch.start, batch.next_offset)

    async def checkpoints(self) -> dict[Partition, int]:
        return await self._checkpoints.all()

    async def digest(self) -> Digest:
        """Of nothing: a cache may forget, so two of them need not be equal."""
        return digest_of(())

    async def drop(self) -> None:
        await delete_matching(self._redis, f"cache.g{self._generation}:*")

    async def close(self) -> None:
        pass

    def _key(self, tweet_id: int) -> str:
        return key_of(self._generation, tweet_id)


def _posted(event: TweetPosted) -> Tweet:
    first = Version(event.tweet_id, event.text, event.at)
    return Tweet(event.tweet_id, event.actor, (first,), event.quote_of)
