"""Writing the reply store."""

from bson.int64 import Int64
from pymongo import UpdateOne

from projections.mongo import Database, insert_new
from projections.replies.collections import ReplyCollections
from projections.texts import TextsView
from projections.view import Batch, Recorded
from schemas.events import ReplyHidden, ReplyPosted
from schemas.topics import REPLIES


class RepliesView(TextsView):
    name = "replies"
    topics = (REPLIES,)

    def __init__(self, database: Database, generation: int) -> None:
        collections = ReplyCollections(database, generation)
        super().__init__(collections)
        self._answered = collections.answered

    async def apply(self, batch: Batch) -> None:
        answered = {
            event.parent
            for _, event in batch.events
            if isinstance(event, ReplyPosted) and event.parent != event.root
        }
        await insert_new(self._answered, [{"_id": Int64(reply)} for reply in answered])
        await super().apply(batch)

    def _update(self, recorded: Recorded) -> list[UpdateOne]:
        match recorded.event:
            case ReplyHidden() as event:
                return [_hidden(event, recorded.offset)]
            case _:
                return []


def _hidden(event: ReplyHidden, offset: int) -> UpdateOne:
    """Only by who wrote the root, and never over what a later event said."""
    return UpdateOne(
        {
            "_id": Int64(event.tweet_id),
            "deleted": False,
            "root.author": Int64(event.actor),
            "hidden_at": {"$lt": Int64(offset)},
        },
        {"$set": {"hidden": event.hidden, "hidden_at": Int64(offset)}},
    )
