"""Doing something to one tweet: liking, disliking, bookmarking, voting."""

from typing import Any

from aiohttp import web

from gateway.commands import Published
from gateway.facts import fact
from gateway.parameters import id_in_path
from gateway.problems import not_found
from gateway.requests import self_of
from gateway.state import Gateway, gateway_of
from gateway.visibility import authors_of, must_see
from schemas.events import Event, Mark
from schemas.tweets import Tweet


async def mark(request: web.Request, tweet_id: int, kind: type[Mark]) -> Published:
    """The user of the path marks a tweet. Raises a 404 `Problem`, or a 403 one."""
    user = self_of(request, id_in_path(request, "id"))
    gateway = gateway_of(request)

    async def decide() -> Event:
        tweet = await markable(gateway, user, tweet_id)
        return kind(**fact(request), tweet_id=tweet.tweet_id, author=tweet.author)

    return await gateway.commands.publish(request, user, decide)


async def unmark(request: web.Request, kind: type[Mark], **more: Any) -> Published:
    """The user of the path takes a mark back, also from what the user may not see any more."""
    user = self_of(request, id_in_path(request, "id"))
    tweet_id = id_in_path(request, "tweet_id")
    gateway = gateway_of(request)

    async def decide() -> Event:
        tweet = await _shown(gateway, tweet_id)
        return kind(**fact(request), tweet_id=tweet.tweet_id, author=tweet.author, **more)

    return await gateway.commands.publish(request, user, decide)


async def markable(gateway: Gateway, user: int, tweet_id: int) -> Tweet:
    """The tweet, or the one that a retweet shows.

    Raises a 404 `Problem` where there is none, and a 403 one where the user may not see it.
    """
    tweet = await _shown(gateway, tweet_id)
    await must_see(gateway, user, authors_of(tweet))
    return tweet


async def _shown(gateway: Gateway, tweet_id: int) -> Tweet:
    tweet = await gateway.tweets.shown_for_writing(tweet_id)
    if tweet is None:
        raise not_found("tweet", tweet_id)
    return tweet
