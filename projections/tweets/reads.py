"""Reading the tweet store."""

from collections.abc import Iterable

from bson.int64 import Int64

from events.positions import Partition
from projections.mongo import Database
from projections.tweets.collections import Collections
from projections.tweets.documents import tweet_from
from schemas.ids import MAX_ID
from schemas.topics import TWEETS
from schemas.tweets import Tweet


class TweetStore:
    topics = (TWEETS.name,)

    def __init__(self, database: Database, generation: int) -> None:
        self._collections = Collections(database, generation)

    async def find(self, tweet_ids: Iterable[int]) -> dict[int, Tweet | None]:
        """By id, each tweet that was ever posted: None stands for a deleted one."""
        wanted = [Int64(tweet_id) for tweet_id in tweet_ids]
        if not wanted:
            return {}
        found = self._collections.tweets.find({"_id": {"$in": wanted}})
        return {
            int(document["_id"]): None if document["deleted"] else tweet_from(document)
            async for document in found
        }

    async def tweets_of_versions(self, version_ids: Iterable[int]) -> dict[int, int]:
        """From the id of a version after the first to the id of its tweet."""
        wanted = [Int64(version_id) for version_id in version_ids]
        if not wanted:
            return {}
        found = self._collections.aliases.find({"_id": {"$in": wanted}})
        return {int(document["_id"]): int(document["tweet"]) async for document in found}

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
        return [int(document["_id"]) async for document in found]

    async def counts_of_authors(self, authors: Iterable[int]) -> dict[int, int]:
        """How many tweets each author has; one without any may be missing."""
        wanted = [Int64(author) for author in authors]
        counted = self._collections.tweets.aggregate(
            [
                {"$match": {"author": {"$in": wanted}, "deleted": False}},
                {"$group": {"_id": "$author", "tweets": {"$sum": 1}}},
            ]
        )
        return {int(row["_id"]): int(row["tweets"]) async for row in counted}

    async def checkpoints(self) -> dict[Partition, int]:
        return await self._collections.checkpoints.all()
