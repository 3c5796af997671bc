"""Tweets and replies as MongoDB documents.

    {_id, author, deleted: false, versions: [{id, text, at, mentions?, lang?}],
     quote_of?: {id, author}, media?: [...], poll?: {options, minutes}, reply_settings?}

The versions are in the order of their ids, of which the highest is the newest everywhere.

A reply has {root: {id, author}, parent: {id, author}, hidden, hidden_at, likes, likes_as_of} as
well: `hidden_at` is the offset of the event that says whether it is hidden, or -1, and
`likes_as_of` that of the counters, or 0.

Or, once deleted, {_id, author, deleted: true}: nothing of what was said stays.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from bson.int64 import Int64

from projections.mongo import Document
from schemas.events import ReplyPosted, Rewritten, TweetPosted, Written
from schemas.media import Media
from schemas.tweets import Poll, Reference, Reply, Tweet, Version

SAID = (
    "versions",
    "quote_of",
    "media",
    "poll",
    "reply_settings",
    "root",
    "parent",
    "hidden",
    "hidden_at",
    "likes",
    "likes_as_of",
)
"""The fields that a deletion removes."""


def first_version(event: Written) -> Version:
    return Version(event.tweet_id, event.text, event.at, event.mentions, event.lang)


def new_version(event: Rewritten) -> Version:
    return Version(event.version_id, event.text, event.at, event.mentions, event.lang)


def tweet_of(event: Written) -> Tweet:
    """What was written, before anything happened to it."""
    quoted = None
    if event.quote_of is not None:
        quoted = Reference(event.quote_of, event.quoted_author or 0)
    reply = None
    if isinstance(event, ReplyPosted):
        reply = Reply(
            Reference(event.root, event.root_author), Reference(event.parent, event.parent_author)
        )
    return Tweet(
        event.tweet_id,
        event.actor,
        (first_version(event),),
        quote_of=quoted,
        reply=reply,
        media=event.media,
        poll=Poll(event.poll.options, event.poll.minutes) if event.poll else None,
        reply_settings=event.reply_settings if isinstance(event, TweetPosted) else "everyone",
    )


def document_of(tweet: Tweet) -> Document:
    document: Document = {
        "_id": Int64(tweet.tweet_id),
        "author": Int64(tweet.author),
        "deleted": False,
        "versions": [version_document(version) for version in tweet.versions],
    }
    if tweet.quote_of is not None:
        document["quote_of"] = reference_document(tweet.quote_of)
    if tweet.reply is not None:
        document |= {
            "root": reference_document(tweet.reply.root),
            "parent": reference_document(tweet.reply.parent),
            "hidden": False,
            "hidden_at": Int64(-1),
            "likes": 0,
            "likes_as_of": Int64(0),
        }
    if tweet.media:
        document["media"] = [msgspec.to_builtins(media) for media in tweet.media]
    if tweet.poll is not None:
        document["poll"] = {"options": list(tweet.poll.options), "minutes": tweet.poll.minutes}
    if tweet.reply_settings != "everyone":
        document["reply_settings"] = tweet.reply_settings
    return document


def version_document(version: Version) -> Document:
    document: Document = {
        "id": Int64(version.version_id),
        "text": version.text,
        "at": Int64(version.at),
    }
    if version.mentions:
        document["mentions"] = [Int64(user) for user in version.mentions]
    if version.lang != "und":
        document["lang"] = version.lang
    return document


def reference_document(reference: Reference) -> Document:
    return {"id": Int64(reference.tweet_id), "author": Int64(reference.author)}


def tweet_from(document: Mapping[str, Any]) -> Tweet:
    quoted, poll = document.get("quote_of"), document.get("poll")
    reply = None
    if "root" in document:
        reply = Reply(reference_from(document["root"]), reference_from(document["parent"]))
    return Tweet(
        int(document["_id"]),
        int(document["author"]),
        tuple(_version(version) for version in document["versions"]),
        quote_of=None if quoted is None else reference_from(quoted),
        reply=reply,
        media=tuple(msgspec.convert(media, Media) for media in document.get("media", ())),
        poll=None if poll is None else Poll(tuple(poll["options"]), int(poll["minutes"])),
        reply_settings=document.get("reply_settings", "everyone"),
    )


def reference_from(document: Mapping[str, Any]) -> Reference:
    return Reference(int(document["id"]), int(document["author"]))


def _version(document: Mapping[str, Any]) -> Version:
    return Version(
        int(document["id"]),
        document["text"],
        int(document["at"]),
        tuple(int(user) for user in document.get("mentions", ())),
        document.get("lang", "und"),
    )
