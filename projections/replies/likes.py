"""How often each reply is liked, kept with the reply so that it can be listed by that.

The counters view counts; here its results are copied, as `projections/counters/waiting.py` says.
"""

from collections.abc import Collection as Sized

from bson.int64 import Int64
from pymongo import UpdateOne

from projections.counters import Counters
from projections.counters.waiting import counted
from projections.mongo import Collection
from projections.view import Batch
from schemas.events import ReactionCleared, TweetDisliked, TweetLiked


class Likes:
    def __init__(self, replies: Collection, counters: Counters) -> None:
        self._replies = replies
        self._counters = counters

    async def follow(self, batch: Batch) -> None:
        """Raises `CountersBehind` when the counters do not have the batch in time."""
        marked = {
            event.tweet_id
            for _, event in batch.events
            if isinstance(event, TweetLiked | TweetDisliked | ReactionCleared)
        }
        if not marked:
            return
        async with counted(self._counters, {batch.partition: batch.next_offset}):
            wanted = [Int64(tweet) for tweet in marked]
            known = self._replies.find({"_id": {"$in": wanted}}, {"_id": 1})
            await self.copy([int(document["_id"]) async for document in known])

    async def copy(self, replies: Sized[int]) -> None:
        """Never over a value that is newer."""
        totals = await self._counters.stored(replies)
        copies = [
            UpdateOne(
                {
                    "_id": Int64(reply),
                    "deleted": False,
                    "likes_as_of": {"$lt": Int64(counts.as_of)},
                },
                {"$set": {"likes": counts.likes, "likes_as_of": Int64(counts.as_of)}},
            )
            for reply, counts in totals.items()
            if counts.as_of
        ]
        if copies:
            await self._replies.bulk_write(copies, ordered=False)
