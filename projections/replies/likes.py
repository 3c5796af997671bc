"""How often each reply is liked, kept with the reply so that it can be listed by that.

The counters view counts; here its results are copied, as `projections/counters/waiting.py` says.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping

from bson.int64 import Int64
from pymongo import UpdateOne

from events.positions import Partition
from projections.counters import Counters
from projections.counters.waiting import counted, followed
from projections.mongo import Collection, Document, write
from projections.view import Batch
from schemas.events import ReactionCleared, ReplyPosted, TweetDisliked, TweetLiked

Stands = Callable[[], Awaitable[Mapping[Partition, int]]]


class Likes:
    def __init__(self, replies: Collection, counters: Counters) -> None:
        self._replies = replies
        self._counters = counters

    async def follow(self, batch: Batch, stands: Stands) -> None:
        """`stands` answers where the view stood before the batch.

        Raises `CountersBehind` when the counters do not have in time what was followed.
        """
        liked = {
            event.tweet_id
            for _, event in batch.events
            if isinstance(event, ReplyPosted | TweetLiked | TweetDisliked | ReactionCleared)
        }
        if liked:
            async with counted(self._counters, followed(batch, await stands())):
                await self._copy(liked)

    async def fields(self, replies: Iterable[int]) -> dict[int, Document]:
        """What the counters have of each, also where they have nothing."""
        return {
            reply: {"likes": counts.likes, "likes_as_of": Int64(counts.as_of)}
            for reply, counts in (await self._counters.reactions(replies)).items()
        }

    async def _copy(self, replies: Iterable[int]) -> None:
        """To those that are there already, and never over a value that is newer."""
        fields = await self.fields(replies)
        copied = [Int64(reply) for reply, counted in fields.items() if counted["likes_as_of"]]
        there = self._replies.find({"_id": {"$in": copied}, "deleted": False}, {"likes_as_of": 1})
        shown = {int(one["_id"]): int(one["likes_as_of"]) async for one in there}
        copies = [
            UpdateOne(
                {"_id": Int64(reply), "deleted": False, "likes_as_of": {"$lt": as_of}},
                {"$set": fields[reply]},
            )
            for reply, before in shown.items()
            if (as_of := fields[reply]["likes_as_of"]) > before
        ]
        await write(self._replies, copies, ordered=False)
