"""What of others a user may see."""

from collections.abc import Iterable, Sequence

from gateway.state import Gateway
from schemas.tweets import Tweet


async def visible(gateway: Gateway, viewer: int, authors: Iterable[int]) -> set[int]:
    """Those of `authors` whose tweets and lists the viewer may see."""
    return set(authors)


async def visible_tweets(gateway: Gateway, viewer: int, tweets: Sequence[Tweet]) -> list[Tweet]:
    """Those of `tweets` that the viewer may see, in their order."""
    seen = await visible(gateway, viewer, {tweet.author for tweet in tweets})
    return [tweet for tweet in tweets if tweet.author in seen]
