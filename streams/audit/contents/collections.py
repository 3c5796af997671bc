"""What the stores of tweets, replies and retweets hold in MongoDB."""

from collections.abc import AsyncIterator
from typing import Any

from projections.mongo import Collection
from projections.replies.collections import ReplyCollections
from projections.retweets.collections import Collections as RetweetCollections
from projections.stores import Stores
from projections.texts import Collections


def tweets(stores: Stores, generation: int) -> AsyncIterator[tuple[str, object]]:
    return _texts(Collections(stores.mongo, "tweets", generation), "tweet")


async def replies(stores: Stores, generation: int) -> AsyncIterator[tuple[str, object]]:
    """Without `likes_as_of`, which depends on when the likes were copied."""
    collections = ReplyCollections(stores.mongo, generation)
    async for key, row in _texts(collections, "reply"):
        row.pop("likes_as_of", None)
        yield key, row
    async for name, _ in documents(collections.answered):
        yield f"answered {name}", True


async def retweets(stores: Stores, generation: int) -> AsyncIterator[tuple[str, object]]:
    async for name, row in documents(RetweetCollections(stores.mongo, generation).retweets):
        author, _, tweet = name.partition(":")
        yield f"retweet by {author} of {tweet}", row


async def _texts(collections: Collections, kind: str) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    for key, collection in (
        (kind, collections.texts),
        ("version", collections.aliases),
        ("quote", collections.quotes),
    ):
        async for name, row in documents(collection):
            yield f"{key} {name}", row


async def documents(collection: Collection) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Each with its `_id` as text."""
    async for document in collection.find({}):
        yield str(document.pop("_id")), document
