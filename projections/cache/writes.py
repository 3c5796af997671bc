"""Writing the tweet cache: new tweets are put in, edits and deletions put out what was there."""

import time
from collections.abc import Iterator, Sequence

from events.positions import Partition
from projections.cache.values import (
    DELETED,
    TTL_SECONDS,
    WRITE,
    edited_value,
    key_of,
    retweet_key,
    retweet_value,
    tweet_value,
)
from projections.checkpoints.redis import Checkpoints
from projections.redis import TRANSIENT, Call, Redis, call_all, delete_matching
from projections.retweets.documents import latest
from projections.texts.documents import tweet_of
from projections.view import NOTHING_DEFERRED, Batch, Digest, digest_of
from schemas.events import ReplyDeleted, Rewritten, TweetDeleted, Written
from schemas.topics import REPLIES, RETWEETS, TWEETS

KEYS_AT_ONCE = 200
"""Redis serves nobody else while it runs a script: some 0.4 ms."""

Entry = tuple[str, bytes]


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
        entries = list(self._entries(batch))
        parts = [entries[at : at + KEYS_AT_ONCE] for at in range(0, len(entries), KEYS_AT_ONCE)]
        await call_all(self._redis, [_call(part) for part in parts])
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

    def _entries(self, batch: Batch) -> Iterator[Entry]:
        """In the order in which they are to be written."""
        oldest = (time.time() - TTL_SECONDS) * 1000
        posts: dict[int, Written] = {}
        changes: list[Entry] = []
        changed: set[int] = set()
        for _, event in batch.events:
            match event:
                case Written():
                    if event.at >= oldest:
                        posts.setdefault(event.tweet_id, event)
                case Rewritten():
                    changed.add(event.tweet_id)
                    changes.append((self._key(event.tweet_id), edited_value(event.version_id)))
                case TweetDeleted() | ReplyDeleted():
                    changed.add(event.tweet_id)
                    changes.append((self._key(event.tweet_id), DELETED))
                case _:
                    pass
        for tweet_id, post in posts.items():
            if tweet_id not in changed:
                yield self._key(tweet_id), tweet_value(tweet_of(post))
        yield from changes
        for retweet in latest(batch.events):
            yield retweet_key(self._generation, retweet.pair), retweet_value(retweet)

    def _key(self, tweet_id: int) -> str:
        return key_of(self._generation, tweet_id)


def _call(entries: Sequence[Entry]) -> Call:
    keys, values = zip(*entries, strict=True)
    return WRITE, keys, [TTL_SECONDS, *values]
