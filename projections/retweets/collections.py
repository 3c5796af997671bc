"""The collections of one generation of the retweet store."""

from pymongo import ASCENDING, DESCENDING, IndexModel

from projections.checkpoints.mongo import Checkpoints
from projections.mongo import Collection, Database, Indexed

INDEXES = [
    IndexModel([("retweet", ASCENDING)], name="by_id"),
    IndexModel([("tweet.id", ASCENDING), ("retweet", DESCENDING)], name="by_tweet"),
    IndexModel([("author", ASCENDING), ("retweet", DESCENDING)], name="by_author"),
]


class Collections:
    def __init__(self, database: Database, generation: int) -> None:
        self.retweets: Collection = database[f"retweets_g{generation}"]
        self._checkpoints: Collection = database[f"retweets_g{generation}_checkpoints"]
        self.checkpoints = Checkpoints(self._checkpoints, [Indexed(self.retweets, INDEXES)])

    async def drop(self) -> None:
        for collection in (self._checkpoints, self.retweets):
            await collection.drop()
