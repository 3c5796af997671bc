"""Reading the tweet store."""

from collections.abc import Iterable

from bson.int64 import Int64

from projections.mongo import Database
from projections.texts import Collections, TextStore
from schemas.topics import TWEETS


class TweetStore(TextStore):
    topics = (TWEETS.name,)

    def __init__(self, database: Database, generation: int) -> None:
        super().__init__(Collections(database, "tweets", generation))

    async def counts_of_authors(self, authors: Iterable[int]) -> dict[int, int]:
        """How many tweets each author has; one without any may be missing."""
        wanted = [Int64(author) for author in authors]
        counted = self._collections.texts.aggregate(
            [
                {"$match": {"author": {"$in": wanted}, "deleted": False}},
                {"$group": {"_id": "$author", "tweets": {"$sum": 1}}},
            ]
        )
        return {int(row["_id"]): int(row["tweets"]) async for row in counted}
