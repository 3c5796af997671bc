"""The collections of one generation of the tweet store.

`tweets`   {_id: tweet, author, versions: [{id, text, at}], quote_of?, deleted: false}
           or, once deleted, {_id, author, deleted: true}: nothing of what was said stays.
`aliases`  {_id: version, tweet}, for the versions after the first.
"""

from collections.abc import Mapping
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel

from projections.mongo import Checkpoints, Collection, Database
from schemas.tweets import Tweet, Version


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


def tweet_from(document: Mapping[str, Any]) -> Tweet:
    quote_of = document.get("quote_of")
    return Tweet(
        int(document["_id"]),
        int(document["author"]),
        tuple(
            Version(int(version["id"]), version["text"], int(version["at"]))
            for version in document["versions"]
        ),
        None if quote_of is None else int(quote_of),
    )
