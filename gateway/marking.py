"""Doing something to one tweet: liking, disliking, bookmarking, voting."""

from collections.abc import Mapping
from typing import Literal

from aiohttp import web

from gateway.commands import Published
from gateway.facts import Fact, fact
from gateway.parameters import id_in_path
from gateway.positions import passed
from gateway.problems import not_found
from gateway.requests import self_of
from gateway.state import Gateway, gateway_of
from gateway.visibility import must_see
from projections.counters.sources import Family
from schemas.events import BookmarkRemoved, Event, Mark, ReactionCleared
from schemas.tweets import Reference, Tweet

Markable = Literal["like", "dislike", "bookmark"]
FAMILIES: Mapping[Markable, Family] = {
    "like": "reaction",
    "dislike": "reaction",
    "bookmark": "bookmark",
}


class Of(Fact):
    """The fields of `schemas.events.Mark`."""

    tweet_id: int
    author: int


async def mark(request: web.Request, tweet_id: int, kind: type[Mark]) -> Published:
    """The user of the path marks a tweet. Raises a 404 `Problem`, or a 403 one."""
    user = self_of(request, id_in_path(request, "id"))
    gateway = gateway_of(request)

    async def decide() -> Event:
        tweet = await markable(gateway, user, tweet_id)
        return kind(**fact(request), tweet_id=tweet.tweet_id, author=tweet.author)

    return await gateway.commands.publish(request, user, decide)


async def unmark(request: web.Request, taken: Markable) -> Published:
    """The user of the path takes a mark back, also from what the user may not see any more, and
    from what was deleted since. Raises a 404 `Problem`."""
    user = self_of(request, id_in_path(request, "id"))
    tweet_id = id_in_path(request, "tweet_id")
    gateway = gateway_of(request)

    async def decide() -> Event:
        there = await gateway.tweets.meant_for_writing(tweet_id)
        meant = there.tweet if there else await _gone(gateway, user, tweet_id, taken)
        if meant is None:
            raise not_found("tweet", tweet_id)
        of = Of(**fact(request), tweet_id=meant.tweet_id, author=meant.author)
        if taken == "bookmark":
            return BookmarkRemoved(**of)
        return ReactionCleared(**of, cleared=taken)

    return await gateway.commands.publish(request, user, decide)


async def _gone(gateway: Gateway, user: int, tweet_id: int, kind: Markable) -> Reference | None:
    """A tweet that was deleted, if the user has marked it so, as the log says now."""
    counters = gateway.readers.counters
    await passed(await gateway.reaction_ends.now(), counters)
    if await counters.mark_of(user, tweet_id, FAMILIES[kind]) != kind:
        return None
    author = await gateway.readers.texts.author_of(tweet_id)
    return None if author is None else Reference(tweet_id, author)


async def markable(gateway: Gateway, user: int, tweet_id: int) -> Tweet:
    """The tweet, or the one that a retweet shows.

    Raises a 404 `Problem` where there is none, and a 403 one where the user may not see it.
    """
    meant = await gateway.tweets.meant_for_writing(tweet_id)
    if meant is None:
        raise not_found("tweet", tweet_id)
    await must_see(gateway, user, meant.authors)
    return meant.tweet
