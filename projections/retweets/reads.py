"""Reading who retweets what."""

from collections.abc import Iterable

from bson.int64 import Int64

from events.positions import Partition
from projections.checkpoints.mongo import Standing
from projections.mongo import Database, Document
from projections.retweets.collections import Collections
from projections.retweets.documents import document_id, retweet_from
from schemas.ids import MAX_ID
from schemas.topics import RETWEETS
from schemas.tweets import Entry, Retweet

Pair = tuple[int, int]
"""A user and a tweet."""


class RetweetStore:
    topics = (RETWEETS.name,)

    def __init__(self, database: Database, generation: int) -> None:
        self._collections = Collections(database, generation)

    async def find(self, pairs: Iterable[Pair]) -> dict[Pair, Retweet]:
        """By user and tweet, what is known of the one's retweeting of the other."""
        wanted = [document_id(author, tweet_id) for author, tweet_id in pairs]
        if not wanted:
            return {}
        found = self._collections.retweets.find({"_id": {"$in": wanted}})
        retweets = [retweet_from(document) async for document in found]
        return {retweet.pair: retweet for retweet in retweets}

    async def by_ids(self, retweet_ids: Iterable[int]) -> dict[int, Retweet]:
        """Those that were neither undone nor followed by another retweet of the same tweet."""
        wanted = [Int64(retweet_id) for retweet_id in retweet_ids]
        if not wanted:
            return {}
        found = self._collections.retweets.find({"retweet": {"$in": wanted}})
        return {int(document["retweet"]): retweet_from(document) async for document in found}

    async def of_author(self, author: int, *, before: int = MAX_ID, limit: int) -> list[Entry]:
        """The author's retweets with ids lower than `before`, newest first."""
        return await self._entries({"author": Int64(author)}, before, limit)

    async def of_tweet(self, tweet_id: int, *, before: int = MAX_ID, limit: int) -> list[Entry]:
        """The retweets of a tweet."""
        return await self._entries({"tweet.id": Int64(tweet_id)}, before, limit)

    async def _entries(self, of: Document, before: int, limit: int) -> list[Entry]:
        found = (
            self._collections.retweets.find(
                of | {"retweet": {"$lt": Int64(before)}}, {"author": 1, "retweet": 1, "tweet": 1}
            )
            .sort("retweet", -1)
            .limit(limit)
        )
        return [
            Entry(int(document["retweet"]), int(document["author"]), int(document["tweet"]["id"]))
            async for document in found
        ]

    async def checkpoints(self) -> dict[Partition, int]:
        return await self._collections.checkpoints.all()

    async def standing(self) -> dict[Partition, Standing]:
        return await self._collections.checkpoints.standing()
