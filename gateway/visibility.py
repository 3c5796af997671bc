"""What of others a user may see.

Nobody sees the tweets, likes, lists, followers and followees of an account that has blocked them,
nor, unless they follow it, of one that is protected. Whom a user has blocked is left out of what
the user reads, except where it is asked for by name. Muting hides nothing here.
"""

from collections.abc import Collection, Iterable, Sequence

from gateway.problems import forbidden
from gateway.state import Gateway
from schemas.tweets import Tweet


async def visible(gateway: Gateway, viewer: int, authors: Iterable[int]) -> set[int]:
    """Those of `authors` who may be in a list that the viewer reads."""
    return await _seen(gateway, viewer, set(authors), own=True)


async def visible_tweets(gateway: Gateway, viewer: int, tweets: Sequence[Tweet]) -> list[Tweet]:
    """Those of `tweets` that may be in a list that the viewer reads, in their order."""
    authors = {author for tweet in tweets for author in authors_of(tweet)}
    seen = await visible(gateway, viewer, authors)
    return [tweet for tweet in tweets if authors_of(tweet) <= seen]


async def visible_by_id(
    gateway: Gateway, viewer: int, tweet_ids: Sequence[int]
) -> dict[int, Tweet]:
    """Those of the tweets that are there and may be in a list that the viewer reads."""
    found = await gateway.tweets.find(tweet_ids)
    there = [tweet for tweet in found.values() if tweet is not None]
    return {tweet.tweet_id: tweet for tweet in await visible_tweets(gateway, viewer, there)}


async def reachable(gateway: Gateway, viewer: int, authors: Iterable[int]) -> set[int]:
    """Those of `authors` whom the viewer may see when asking for them by name."""
    return await _seen(gateway, viewer, set(authors), own=False)


async def must_see(gateway: Gateway, viewer: int, authors: Collection[int]) -> None:
    """For what is asked for by name, and for whatever a user does to another's tweet.

    Raises a 403 `Problem` when the viewer may not see all of `authors`.
    """
    if set(authors) - await reachable(gateway, viewer, authors):
        raise forbidden("you are not authorized to see what this user says")


def authors_of(tweet: Tweet) -> set[int]:
    """Whom one must be allowed to see in order to see the tweet."""
    return {tweet.author, tweet.retweet_of.author} if tweet.retweet_of else {tweet.author}


async def _seen(gateway: Gateway, viewer: int, authors: set[int], *, own: bool) -> set[int]:
    others = authors - {viewer}
    if not others:
        return authors
    protected = await gateway.protection.among(others)
    return authors - await gateway.readers.graph.barred(viewer, others, protected, own=own)
