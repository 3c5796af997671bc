"""Writing the reply store."""

from bson.int64 import Int64
from pymongo import UpdateOne

from projections.mongo import Database
from projections.replies.collections import collections_of
from projections.texts import TextsView
from projections.view import Recorded
from schemas.events import ReplyHidden
from schemas.topics import REPLIES


class RepliesView(TextsView):
    name = "replies"
    topics = (REPLIES,)

    def __init__(self, database: Database, generation: int) -> None:
        super().__init__(collections_of(database, generation))

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
