"""What the stores of tweets, replies and retweets hold in MongoDB."""

from collections.abc import AsyncIterator
from typing import Any

from projections.mongo import Collection
from projections.replies.collections import ReplyCollections
from projections.retweets.collections import Collections as RetweetCollections
from projections.stores import Stores
from projections.texts import Collections
from streams.audit.values import Contents


async def tweets(stores: Stores, generation: int) -> Contents:
    return await _texts(Collections(stores.mongo, "tweets", generation), "tweet")


async def replies(stores: Stores, generation: int) -> Contents:
    """Without `likes_as_of`, which depends on when the likes were copied."""
    collections = ReplyCollections(stores.mongo, generation)
    found = await _texts(collections, "reply")
    for row in found.values():
        row.pop("likes_as_of", None)
    async for name, _ in documents(collections.answered):
        found[f"answered {name}"] = True
    return found


async def retweets(stores: Stores, generation: int) -> Contents:
    found: dict[str, Any] = {}
    async for name, row in documents(RetweetCollections(stores.mongo, generation).retweets):
        author, _, tweet = name.partition(":")
        found[f"retweet by {author} of {tweet}"] = row
    return found


async def _texts(collections: Collections, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, collection in (
        (kind, collections.texts),
        ("version", collections.aliases),
        ("quote", collections.quotes),
    ):
        async for name, row in documents(collection):
            found[f"{key} {name}"] = row
    return found


async def documents(collection: Collection) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """Each with its `_id` as text."""
    async for document in collection.find({}):
        yield str(document.pop("_id")), document
