"""Retweets as MongoDB documents, one for each user and tweet.

    {_id: "author:tweet", author, tweet: {id, author}, retweet: id or null, offset}

`retweet` is null once it was undone. What one user does is in one partition, so the event with the
highest offset has the last word, and a document is only ever replaced by a later one.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from bson.int64 import Int64
from pymongo import ReplaceOne

from projections.mongo import Document
from projections.texts.documents import reference_document, reference_from
from projections.view import Recorded
from schemas.events import RetweetRemoved, TweetRetweeted
from schemas.tweets import Reference, Retweet


def latest(events: Iterable[Recorded]) -> list[Retweet]:
    """What a run of events says last of each user and tweet."""
    found: dict[tuple[int, int], Retweet] = {}
    for offset, event in events:
        match event:
            case TweetRetweeted() | RetweetRemoved():
                retweeted = isinstance(event, TweetRetweeted)
                said = Retweet(
                    event.actor,
                    Reference(event.tweet_id, event.author),
                    event.retweet_id if retweeted else None,
                    offset,
                )
                found[said.pair] = said
            case _:
                pass
    return list(found.values())


def document_id(author: int, tweet_id: int) -> str:
    return f"{author}:{tweet_id}"


def document_of(retweet: Retweet) -> Document:
    return {
        "_id": document_id(*retweet.pair),
        "author": Int64(retweet.author),
        "tweet": reference_document(retweet.original),
        "retweet": None if retweet.retweet_id is None else Int64(retweet.retweet_id),
        "offset": Int64(retweet.offset),
    }


def replacement(document: Document) -> ReplaceOne[Document]:
    """Of what the store has, unless that is later."""
    older = {"_id": document["_id"], "offset": {"$lt": document["offset"]}}
    return ReplaceOne(older, document)


def retweet_from(document: Mapping[str, Any]) -> Retweet:
    retweet = document["retweet"]
    return Retweet(
        int(document["author"]),
        reference_from(document["tweet"]),
        None if retweet is None else int(retweet),
        int(document["offset"]),
    )
