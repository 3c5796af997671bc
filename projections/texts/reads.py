"""Reading tweets or replies."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bson.int64 import Int64

from events.positions import Partition
from projections.checkpoints.mongo import Standing
from projections.texts.collections import Collections
from projections.texts.documents import tweet_from
from schemas.ids import MAX_ID
from schemas.tweets import Tweet


class TextStore:
    topics: tuple[str, ...]

    def __init__(self, collections: Collections) -> None:
        self._collections = collections

    async def find(self, tweet_ids: Iterable[int]) -> dict[int, Tweet | None]:
        """By id, each tweet that was ever posted: None stands for a deleted one."""
        wanted = [Int64(tweet_id) for tweet_id in tweet_ids]
        if not wanted:
            return {}
        found = self._collections.texts.find({"_id": {"$in": wanted}})
        return {
            int(document["_id"]): None if document["deleted"] else tweet_from(document)
            async for document in found
        }

    async def author_of(self, tweet_id: int) -> int | None:
        """Whose tweet it is or, where it was deleted, was."""
        document = await self._collections.texts.find_one({"_id": Int64(tweet_id)}, {"author": 1})
        return None if document is None else int(document["author"])

    async def tweets_of_versions(self, version_ids: Iterable[int]) -> dict[int, int]:
        """From the id of a version after the first to the id of its tweet."""
        wanted = [Int64(version_id) for version_id in version_ids]
        if not wanted:
            return {}
        found = self._collections.aliases.find({"_id": {"$in": wanted}})
        return {int(document["_id"]): int(document["tweet"]) async for document in found}

    async def of_author(self, author: int, *, before: int = MAX_ID, limit: int) -> list[int]:
        """Ids of what the author wrote that are lower than `before`, newest first."""
        found = (
            self._collections.texts.find(
                {"author": Int64(author), "deleted": False, "_id": {"$lt": Int64(before)}},
                {"_id": 1},
            )
            .sort("_id", -1)
            .limit(limit)
        )
        return [int(document["_id"]) async for document in found]

    async def quotes_of(self, tweet_id: int, *, before: int = MAX_ID, limit: int) -> list[int]:
        """Ids lower than `before` of what quotes a tweet, also where deleted, newest first."""
        found = (
            self._collections.quotes.find(
                {"of": Int64(tweet_id), "_id": {"$lt": Int64(before)}}, {"_id": 1}
            )
            .sort("_id", -1)
            .limit(limit)
        )
        return [int(document["_id"]) async for document in found]

    async def checkpoints(self) -> dict[Partition, int]:
        return await self._collections.checkpoints.all()

    async def whole(self) -> dict[Partition, int]:
        """As `checkpoints`. Raises `CollectionLost` where what they are of is lost."""
        return await self._collections.checkpoints.whole()

    async def standing(self) -> dict[Partition, Standing]:
        return await self._collections.checkpoints.standing()


class Texts:
    """Several stores as one: what is not in the first is looked for in the next."""

    def __init__(self, *stores: TextStore) -> None:
        self.stores = stores

    async def find(self, tweet_ids: Sequence[int]) -> dict[int, Tweet | None]:
        found: dict[int, Tweet | None] = {}
        for store in self.stores:
            found |= await store.find(_not_in(found, tweet_ids))
        return found

    async def tweets_of_versions(self, version_ids: Sequence[int]) -> dict[int, int]:
        found: dict[int, int] = {}
        for store in self.stores:
            found |= await store.tweets_of_versions(_not_in(found, version_ids))
        return found

    async def author_of(self, tweet_id: int) -> int | None:
        for store in self.stores:
            if (author := await store.author_of(tweet_id)) is not None:
                return author
        return None

    async def quotes_of(self, tweet_id: int, *, before: int = MAX_ID, limit: int) -> list[int]:
        found: list[int] = []
        for store in self.stores:
            found += await store.quotes_of(tweet_id, before=before, limit=limit)
        return heapq.nlargest(limit, found)


def _not_in(found: Mapping[int, Any], wanted: Iterable[int]) -> list[int]:
    return [number for number in wanted if number not in found]
