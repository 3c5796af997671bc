"""Reading the reply store."""

from collections.abc import Iterable

from bson.int64 import Int64

from projections.mongo import Database, Document
from projections.replies.collections import ReplyCollections
from projections.texts import TextStore
from projections.texts.documents import tweet_from
from schemas.ids import MAX_ID
from schemas.topics import REPLIES
from schemas.tweets import Tweet


class ReplyStore(TextStore):
    topics = (REPLIES.name,)

    def __init__(self, database: Database, generation: int) -> None:
        collections = ReplyCollections(database, generation)
        super().__init__(collections)
        self._answered = collections.answered

    async def answers(
        self, tweet: Tweet, *, hidden: bool = False, before: int = MAX_ID, limit: int
    ) -> list[Tweet]:
        """Direct replies to a tweet or reply with ids lower than `before`, newest first."""
        asked = _answers_to(tweet, hidden) | {"_id": {"$lt": Int64(before)}}
        found = self._collections.texts.find(asked).sort("_id", -1).limit(limit)
        return [tweet_from(document) async for document in found]

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
