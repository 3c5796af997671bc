"""Finding tweets by any of their ids, also those so new that the views may not have them."""

import time
from collections.abc import Sequence

from events.reader import ends, observer, partitions
from gateway.positions import passed
from projections.registry import Readers
from schemas.ids import time_of
from schemas.topics import TWEETS
from schemas.tweets import Tweet

NEW_MS = 60_000


class TweetLookup:
    def __init__(self, readers: Readers, bootstrap: str) -> None:
        self._readers = readers
        self._bootstrap = bootstrap

    async def find(self, tweet_ids: Sequence[int]) -> dict[int, Tweet | None]:
        """By the id asked for, a tweet's or one of its versions'; None for a deleted one."""
        found = await self._readers.cache.find(tweet_ids)
        unknown = [tweet_id for tweet_id in tweet_ids if tweet_id not in found]
        if not unknown:
            return found
        tweet_of = await self._readers.tweets.tweets_of_versions(unknown)
        named = await self._readers.cache.find(sorted(set(tweet_of.values())))
        return found | {
            version: named[tweet] for version, tweet in tweet_of.items() if tweet in named
        }

    async def find_for_writing(self, tweet_id: int) -> Tweet | None:
        """The tweet as it stands at the end of the log, for a decision on it.

        One that is not found although its id is new is looked for again once the views have
        passed what is on the log now. Raises a 503 `Problem` when they do not in time.
        """
        found = await self.find([tweet_id])
        if tweet_id in found or not _is_new(tweet_id):
            return found.get(tweet_id)
        async with observer(self._bootstrap) as consumer:
            end = await ends(consumer, await partitions(self._bootstrap, [TWEETS.name]))
        await passed(self._readers, end)
        return (await self.find([tweet_id])).get(tweet_id)


def _is_new(tweet_id: int) -> bool:
    return abs(time.time() * 1000 - time_of(tweet_id)) < NEW_MS
