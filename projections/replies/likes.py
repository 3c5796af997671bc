"""How often each reply is liked, kept with the reply so that it can be listed by that.

The counters view counts; here its results are copied, as `projections/counters/waiting.py` says.
"""

from collections.abc import Collection as Sized
from collections.abc import Iterable

from bson.int64 import Int64
from pymongo import UpdateOne

from projections.counters import Counters
from projections.counters.waiting import counted
from projections.mongo import Collection, Document
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
            await self.copy(marked)

    async def copy(self, replies: Sized[int]) -> None:
        """To those that are there already, and never over a value that is newer."""
        if not replies:
            return
        there = self._replies.find(
            {"_id": {"$in": [Int64(reply) for reply in replies]}, "deleted": False},
            {"likes_as_of": 1},
        )
        shown = {int(one["_id"]): int(one["likes_as_of"]) async for one in there}
        copies = [
            UpdateOne(
                {"_id": Int64(reply), "deleted": False, "likes_as_of": {"$lt": as_of}},
                {"$set": fields},
            )
            for reply, fields in (await self.fields(shown)).items()
            if (as_of := fields["likes_as_of"]) > shown[reply]
        ]
        if copies:
            await self._replies.bulk_write(copies, ordered=False)

    async def fields(self, replies: Iterable[int]) -> dict[int, Document]:
        """What the counters have of each, also where they have nothing."""
        return {
            reply: {"likes": counts.likes, "likes_as_of": Int64(counts.as_of)}
            for reply, counts in (await self._counters.stored(replies)).items()
        }
