"""Reading the reply store."""

from collections.abc import AsyncIterator, Iterable
from typing import NamedTuple

from bson.int64 import Int64
from pymongo import DESCENDING

from projections.mongo import Database, Document
from projections.replies.collections import ReplyCollections
from projections.texts import TextStore
from projections.texts.documents import tweet_from
from schemas.ids import MAX_ID
from schemas.topics import REACTIONS, REPLIES
from schemas.tweets import Tweet


class Place(NamedTuple):
    """Where a reply stands among those to the same tweet, the most liked first."""

    likes: int
    tweet_id: int


TOP = Place(MAX_ID, MAX_ID)


class Placed(NamedTuple):
    reply: Tweet
    place: Place


class ByLikes:
    """What the order by likes rests on, for those who wait for it."""

    topics = (REPLIES.name, REACTIONS.name)

    def __init__(self, store: "ReplyStore") -> None:
        self.checkpoints = store.checkpoints


class ReplyStore(TextStore):
    topics = (REPLIES.name,)

    def __init__(self, database: Database, generation: int) -> None:
        collections = ReplyCollections(database, generation)
        super().__init__(collections)
        self._answered = collections.answered
        self.by_likes = ByLikes(self)

    async def newest(
        self, tweet: Tweet, *, hidden: bool = False, before: int = MAX_ID, limit: int
    ) -> list[Tweet]:
        """Direct replies to a tweet or reply with ids lower than `before`, newest first."""
        asked = _answers_to(tweet, hidden) | {"_id": {"$lt": Int64(before)}}
        found = self._collections.texts.find(asked).sort("_id", -1).limit(limit)
        return [tweet_from(document) async for document in found]

    async def most_liked(
        self, tweet: Tweet, *, hidden: bool = False, below: Place = TOP, limit: int
    ) -> list[Placed]:
        """Direct replies to a tweet or reply, most liked first, among equals the newest."""
        answers = _answers_to(tweet, hidden)
        equal = answers | {"likes": below.likes, "_id": {"$lt": Int64(below.tweet_id)}}
        found = [placed async for placed in self._by_likes(equal, limit)] if below != TOP else []
        if len(found) < limit:
            less = answers | {"likes": {"$lt": below.likes}}
            found += [placed async for placed in self._by_likes(less, limit - len(found))]
        return found

    async def _by_likes(self, asked: Document, limit: int) -> AsyncIterator[Placed]:
        order = [("likes", DESCENDING), ("_id", DESCENDING)]
        async for document in self._collections.texts.find(asked).sort(order).limit(limit):
            reply = tweet_from(document)
            yield Placed(reply, Place(int(document["likes"]), reply.tweet_id))

    async def answered(self, replies: Iterable[int]) -> set[int]:
        """Those of `replies` that may have answers."""
        found = self._answered.find({"_id": {"$in": [Int64(reply) for reply in replies]}})
        return {int(document["_id"]) async for document in found}


def _answers_to(tweet: Tweet, hidden: bool) -> Document:
    return {
        "root.id": Int64(tweet.conversation),
        "parent.id": Int64(tweet.tweet_id),
        "deleted": False,
        "hidden": hidden,
    }
