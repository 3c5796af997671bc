"""Home and user timelines."""

import asyncio
import heapq
import logging

from aiohttp import web

from gateway.answers import hidden_page
from gateway.endpoints import Endpoints
from gateway.feeds import LOOK_BACK, Stretch, feed_page, window_of
from gateway.parameters import id_in_path
from gateway.positions import reached
from gateway.problems import not_found
from gateway.requests import self_of
from gateway.state import gateway_of
from gateway.time_travel import moment, wanted_then
from gateway.wanted import wanted
from projections import redis
from projections.registry import Readers
from projections.timelines import Entries
from schemas.api.timelines import MentionsQuery, TimelineQuery, UserTimelineQuery
from schemas.api.tweets import TweetObject
from schemas.tweets import Entry

logger = logging.getLogger(__name__)
endpoints = Endpoints()

HOME_PAGE = 100
USER_PAGE = 10


@endpoints.get("/2/users/{id}/timelines/reverse_chronological", answers=list[TweetObject])
async def home_timeline(request: web.Request, asked: TimelineQuery) -> web.Response:
    """Your home timeline: what you and those whom you follow wrote and retweeted, newest first."""
    user = self_of(request, id_in_path(request, "id"))
    fields, window = wanted(request, asked), window_of(asked)
    gateway = gateway_of(request)
    timelines = gateway.readers.timelines
    await reached(request, *gateway.tweets.views, timelines, gateway.readers.graph)
    retweets = "retweets" not in asked.excluded

    async def source(before: int, limit: int) -> Stretch:
        home = await timelines.home(user, before=before, limit=limit, retweets=retweets)
        return Stretch(home.entries, home.silenced)

    limit = asked.max_results or HOME_PAGE
    return await feed_page(request, source, window, fields, limit, look_back=LOOK_BACK)


@endpoints.get("/2/users/{id}/tweets", answers=list[TweetObject])
async def user_timeline(request: web.Request, asked: UserTimelineQuery) -> web.Response:
    """What a user wrote and retweeted, newest first; with `as_of`, by then and as it read then."""
    user = id_in_path(request, "id")
    then = moment(asked.as_of)
    fields, window = wanted_then(request, asked, then), window_of(asked, then)
    gateway = gateway_of(request)
    readers = gateway.readers
    if hidden := await hidden_page(request, user, *gateway.tweets.views, readers.timelines):
        return hidden
    excluded = asked.excluded

    async def source(before: int, limit: int) -> Stretch:
        replies, others = await asyncio.gather(
            _replies(readers, user, before, 0 if "replies" in excluded else limit),
            _tweets_and_retweets(readers, user, before, limit, "retweets" not in excluded),
        )
        return Stretch(Entries.of(heapq.nlargest(limit, [*replies, *others])))

    return await feed_page(request, source, window, fields, asked.max_results or USER_PAGE)


@endpoints.get("/2/users/{id}/mentions", answers=list[TweetObject])
async def mentions(request: web.Request, asked: MentionsQuery) -> web.Response:
    """Tweets that mention a user or answer one of theirs, newest first."""
    user = id_in_path(request, "id")
    fields, window = wanted(request, asked), window_of(asked)
    gateway = gateway_of(request)
    if not await gateway.accounts.by_ids([user]):
        raise not_found("user", user)
    notices = gateway.readers.notices
    await reached(request, *gateway.tweets.views, notices, gateway.readers.graph)

    async def source(before: int, limit: int) -> Stretch:
        found = await notices.mentions(user, before=before, limit=limit)
        return Stretch(Entries.of(Entry(tweet, 0, tweet) for tweet in found), seen=False)

    limit = asked.max_results or USER_PAGE
    return await feed_page(
        request, source, window, fields, limit, keep=lambda tweet: tweet.concerns(user)
    )


async def _replies(readers: Readers, author: int, before: int, limit: int) -> list[Entry]:
    if not limit:
        return []
    found = await readers.replies.of_author(author, before=before, limit=limit)
    return [Entry(reply, author, reply) for reply in found]


async def _tweets_and_retweets(
    readers: Readers, author: int, before: int, limit: int, retweets: bool
) -> list[Entry]:
    """What Redis has, and from where that ends, or while it is away, what the stores have."""
    try:
        newest = await readers.timelines.author(
            author, before=before, limit=limit, retweets=retweets
        )
    except redis.TRANSIENT as error:
        logger.warning("reading past the timelines: %r", error)
        newest = []
    left = limit - len(newest)
    if not left:
        return newest
    oldest = newest[-1].tweet_id if newest else before
    tweets = await readers.tweets.of_author(author, before=oldest, limit=left)
    stored = [Entry(tweet, author, tweet) for tweet in tweets]
    if retweets:
        stored += await readers.retweets.of_author(author, before=oldest, limit=left)
    return [*newest, *heapq.nlargest(left, stored)]
