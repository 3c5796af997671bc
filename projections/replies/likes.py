"""How often each reply is liked, kept with the reply so that it can be listed by that.

The counters view counts; here its results are copied, as `projections/counters/waiting.py` says.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping

from bson.int64 import Int64
from pymongo import UpdateOne

from events.positions import Partition
from projections.counters import Counters, Counts
from projections.counters.waiting import Known, counted, first_look, followed, marked, unmoved
from projections.mongo import Collection as Stored
from projections.mongo import Document, write
from projections.view import Batch

Stands = Callable[[], Awaitable[Mapping[Partition, int]]]


def fields_of(counts: Counts) -> Document:
    return {"likes": counts.likes, "likes_as_of": Int64(counts.as_of)}


class Likes:
    def __init__(self, replies: Stored, counters: Counters) -> None:
        self._replies = replies
        self._counters = counters

    async def known(self, batch: Batch) -> Known:
        """What was counted of the replies of the batch, which may be less than `follow` needs."""
        return await first_look(self._counters, batch)

    async def follow(
        self, batch: Batch, known: Known, there: Collection[int], stands: Stands
    ) -> None:
        """`known` is in the replies already, but for those that were `there` before.

        `stands` answers where the view stood before the batch. Raises `CountersBehind` when the
        counters do not have in time what was followed.
        """
        reacted_to = marked(batch)
        if not reacted_to and not known.counts:
            return
        needed = followed(batch, await stands())
        if not reacted_to and not there and await unmoved(self._counters, known, needed):
            return
        async with counted(self._counters, needed) as standing:
            moved = standing != known.stood
            await self._copy(reacted_to.union(known.counts if moved else there))

    async def _copy(self, replies: Collection[int]) -> None:
        """To those that are there already, and never over a value that is newer."""
        fields = {t: fields_of(c) for t, c in (await self._counters.reactions(replies)).items()}
        copied = [Int64(reply) for reply, counted in fields.items() if counted["likes_as_of"]]
        if not copied:
            return
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
