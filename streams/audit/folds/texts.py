"""Tweets or replies with their wordings, as the stores, the cache and the search show them."""

from typing import Any

import msgspec
from msgspec import Struct

from schemas.events import (
    ReplyDeleted,
    ReplyPosted,
    Rewritten,
    TweetDeleted,
    TweetPosted,
    Written,
)
from schemas.topics import Topic
from streams.audit.folds.told import Told, events_of


class Text(Struct):
    """`edits` are its later versions, in the order of the log."""

    posted: Written
    edits: list[Rewritten]
    deleted: bool = False


def texts(told: Told, topic: Topic) -> dict[int, Text]:
    found: dict[int, Text] = {}
    for event in events_of(told, topic):
        match event:
            case Written():
                found.setdefault(event.tweet_id, Text(event, []))
            case Rewritten() if (text := _own(found, event)) is not None:
                if all(edit.version_id != event.version_id for edit in text.edits):
                    text.edits.append(event)
            case TweetDeleted() | ReplyDeleted() if (text := _own(found, event)) is not None:
                text.deleted = True
            case _:
                pass
    return found


def _own(found: dict[int, Text], event: Rewritten | TweetDeleted | ReplyDeleted) -> Text | None:
    """The text, unless it is deleted or somebody else's."""
    text = found.get(event.tweet_id)
    if text is None or text.deleted or text.posted.actor != event.actor:
        return None
    return text


def store(told: Told, topic: Topic, name: str) -> dict[str, Any]:
    """The documents of a store of texts, as `projections/texts` describes them."""
    rows: dict[str, Any] = {}
    for tweet_id, text in texts(told, topic).items():
        rows[f"{name} {tweet_id}"] = _document(text)
        if text.posted.quote_of is not None:
            rows[f"quote {tweet_id}"] = {"of": text.posted.quote_of}
    for event in events_of(told, topic):
        if isinstance(event, Rewritten):
            rows.setdefault(f"version {event.version_id}", {"tweet": event.tweet_id})
    return rows


def _document(text: Text) -> dict[str, Any]:
    posted = text.posted
    if text.deleted:
        return {"author": posted.actor, "deleted": True}
    document: dict[str, Any] = {
        "author": posted.actor,
        "deleted": False,
        "versions": sorted(
            [
                _version(posted, posted.tweet_id),
                *(_version(edit, edit.version_id) for edit in text.edits),
            ],
            key=lambda version: int(version["id"]),
        ),
    }
    if posted.quote_of is not None:
        document["quote_of"] = {"id": posted.quote_of, "author": posted.quoted_author or 0}
    if posted.media:
        document["media"] = [msgspec.to_builtins(medium) for medium in posted.media]
    if posted.poll is not None:
        document["poll"] = {
            "options": list(posted.poll.options),
            "minutes": posted.poll.minutes,
        }
    match posted:
        case TweetPosted(reply_settings=settings) if settings != "everyone":
            document["reply_settings"] = settings
        case ReplyPosted():
            document["root"] = {"id": posted.root, "author": posted.root_author}
            document["parent"] = {"id": posted.parent, "author": posted.parent_author}
        case _:
            pass
    return document


def _version(said: Written | Rewritten, version_id: int) -> dict[str, Any]:
    version: dict[str, Any] = {"id": version_id, "text": said.text, "at": said.at}
    if said.mentions:
        version["mentions"] = list(said.mentions)
    if said.lang != "und":
        version["lang"] = said.lang
    return version
