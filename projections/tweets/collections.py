"""The collections of one generation of the tweet store.

`tweets`   as `documents.py` says.
`aliases`  {_id: version, tweet}, for the versions after the first.
"""

from pymongo import ASCENDING, DESCENDING, IndexModel

from projections.mongo import Checkpoints, Collection, Database


class Collections:
    def __init__(self, database: Database, generation: int) -> None:
        self.tweets: Collection = database[f"tweets_g{generation}"]
        self.aliases: Collection = database[f"tweets_g{generation}_aliases"]
        self._checkpoints: Collection = database[f"tweets_g{generation}_checkpoints"]
        self.checkpoints = Checkpoints(self._checkpoints)

    async def create(self) -> None:
        await self.tweets.create_indexes(
            [
                IndexModel(
                    [("author", ASCENDING), ("deleted", ASCENDING), ("_id", DESCENDING)],
                    name="by_author",
                )
            ]
        )

    async def drop(self) -> None:
        for collection in (self._checkpoints, self.aliases, self.tweets):
            await collection.drop()
