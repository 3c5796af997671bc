"""Reading the tweet store."""

from collections.abc import Iterable

from bson.int64 import Int64

from events.positions import Partition
from projections.mongo import Database, Document
from projections.tweets.collections import Collections, tweet_from
from schemas.ids import MAX_ID
from schemas.tweets import Tweet


class TweetStore:
    def __init__(self, database: Database, generation: int) -> None:
        self._collections = Collections(database, generation)

    async def find(self, tweet_ids: Iterable[int]) -> dict[int, Tweet | None]:
        """By id, each tweet that was ever posted: None stands for a deleted one."""
        wanted = [Int64(tweet_id) for tweet_id in tweet_ids]
        if not wanted:
            return {}
        found = self._collections.tweets.find({"_id": {"$in": wanted}})
        return {
            document["_id"]: None if document["deleted"] else tweet_from(document)
            async for document in found
        }

    async def tweets_of_versions(self, version_ids: Iterable[int]) -> dict[int, int]:
        """From the id of a version after the first to the id of its tweet."""
        wanted = [Int64(version_id) for version_id in version_ids]
        if not wanted:
            return {}
        found = self._collections.aliases.find({"_id": {"$in": wanted}})
        return {document["_id"]: document["tweet"] async for document in found}

    async def of_author(self, author: int, *, before: int = MAX_ID, limit: int) -> list[int]:
        """Ids of the author's tweets that are lower than `before`, newest first."""
        found = (
            self._collections.tweets.find(
                {"author": Int64(author), "deleted": False, "_id": {"$lt": Int64(before)}},
                {"_id": 1},
            )
            .sort("_id", -1)
            .limit(limit)
        )
        return [document["_id"] async for document in found]

    async def count_of_author(self, author: int) -> int:
        query: Document = {"author": Int64(author), "deleted": False}
        return await self._collections.tweets.count_documents(query)

    async def checkpoints(self) -> dict[Partition, int]:
        return await self._collections.checkpoints.all()
