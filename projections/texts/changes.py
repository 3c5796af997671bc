"""What later events do to a tweet or reply that is there.

Each change is told twice: as MongoDB makes it, and as it is made to a document that was not written
yet. What is posted and changed within one batch is so written once, as it ends.
"""

from collections.abc import Callable
from typing import NamedTuple

from bson.int64 import Int64
from pymongo import UpdateOne

from projections.mongo import Document
from projections.texts.documents import SAID, new_version, version_document
from schemas.events import ReplyDeleted, ReplyHidden, Rewritten, TweetDeleted


class Change(NamedTuple):
    """`make` changes the document, unless it is none that the change is for."""

    tweet_id: int
    update: UpdateOne
    make: Callable[[Document], None]


def edited(event: Rewritten) -> Change:
    """The versions stand in the order of their ids: an edit may come to the log after a later one,
    by a retry."""
    version = version_document(new_version(event))

    def make(document: Document) -> None:
        known = document.get("versions", ())
        if _is_of(document, event.actor) and all(one["id"] != version["id"] for one in known):
            document["versions"] = sorted([*known, version], key=lambda one: int(one["id"]))

    update = UpdateOne(
        _of(event) | {"versions.id": {"$ne": version["id"]}},
        {"$push": {"versions": {"$each": [version], "$sort": {"id": 1}}}},
    )
    return Change(event.tweet_id, update, make)


def deleted(event: TweetDeleted | ReplyDeleted) -> Change:
    def make(document: Document) -> None:
        if _is_of(document, event.actor):
            document["deleted"] = True
            for name in SAID:
                document.pop(name, None)

    changed = {"$set": {"deleted": True}, "$unset": dict.fromkeys(SAID, "")}
    return Change(event.tweet_id, UpdateOne(_of(event), changed), make)


def hidden(event: ReplyHidden, offset: int) -> Change:
    """Only by who wrote the root, and never over what a later event said."""
    fields = {"hidden": event.hidden, "hidden_at": Int64(offset)}

    def make(document: Document) -> None:
        if (
            not document["deleted"]
            and document["root"]["author"] == event.actor
            and document["hidden_at"] < offset
        ):
            document.update(fields)

    update = UpdateOne(
        {
            "_id": Int64(event.tweet_id),
            "deleted": False,
            "root.author": Int64(event.actor),
            "hidden_at": {"$lt": Int64(offset)},
        },
        {"$set": fields},
    )
    return Change(event.tweet_id, update, make)


def _of(event: Rewritten | TweetDeleted | ReplyDeleted) -> Document:
    return {"_id": Int64(event.tweet_id), "author": Int64(event.actor), "deleted": False}


def _is_of(document: Document, author: int) -> bool:
    return document["author"] == author and not document["deleted"]
