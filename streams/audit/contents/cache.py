"""What the cache holds."""

from collections.abc import AsyncIterator
from typing import Any

from projections.cache.values import MISSING, parse, parse_retweet
from projections.stores import Stores
from schemas.tweets import Tweet
from streams.audit.contents.keys import strings


async def cache(stores: Stores, generation: int) -> AsyncIterator[tuple[str, object]]:
    async for key, value in strings(stores.redis, f"cache.g{generation}:"):
        yield row(key, value)


def row(key: str, value: bytes) -> tuple[str, object]:
    """Of a key without the prefix."""
    author, _, tweet = key.partition(":")
    if tweet:
        return f"retweet by {author} of {tweet}", _retweet(value)
    return f"tweet {key}", _tweet(value)


def _tweet(value: bytes) -> object:
    """The number before a tweet says which versions may replace it, so it must be the newest."""
    tweet = parse(value)
    if tweet is None:
        return "deleted"
    version = int.from_bytes(value[1:9])
    if tweet is MISSING:
        return {"edited": version}
    assert isinstance(tweet, Tweet)
    return tweet if version == tweet.newest else {"stands as": version, "tweet": tweet}


def _retweet(value: bytes) -> object:
    retweet = parse_retweet(value)
    row: dict[str, Any] = {
        "author": retweet.author,
        "tweet": {"id": retweet.original.tweet_id, "author": retweet.original.author},
        "retweet": retweet.retweet_id,
        "offset": retweet.offset,
    }
    offset = int.from_bytes(value[1:9])
    return row if offset == retweet.offset else {"stands as": offset, **row}
