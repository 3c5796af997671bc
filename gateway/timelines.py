"""Home and user timelines."""

import logging
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from msgspec import Struct

from gateway.answers import tweets_page, withheld_page
from gateway.endpoints import Endpoints
from gateway.parameters import id_in_path, id_of, place_of, time_ms, token_after, wanted
from gateway.positions import reached
from gateway.problems import not_found
from gateway.requests import self_of, user_of
from gateway.state import Gateway, gateway_of
from gateway.visibility import reachable, visible_tweets
from projections import redis
from projections.registry import Reader
from projections.timelines import Timelines
from schemas.api import MentionsQuery, TimelineQuery, TweetObject
from schemas.ids import MAX_ID, first_id_at
from schemas.tweets import Tweet

logger = logging.getLogger(__name__)
endpoints = Endpoints()

HOME_PAGE = 100
USER_PAGE = 10
SPARE = 5
"""Entries read beyond the page, so that a deleted tweet seldom costs another trip."""

Source = Callable[[int, int], Awaitable[Sequence[int]]]
"""Tweet ids lower than the first argument, newest first, at most the second of them."""


Keep = Callable[[Sequence[Tweet]], Awaitable[Sequence[Tweet]]]
"""Those of the tweets found that belong on the page."""


class Window(Struct, frozen=True):
    """Tweets with ids in [oldest, before)."""

    oldest: int
    before: int


@endpoints.get("/2/users/{id}/timelines/reverse_chronological", answers=list[TweetObject])
async def home_timeline(request: web.Request, asked: TimelineQuery) -> web.Response:
    """Your home timeline: what you and those whom you follow wrote, newest first."""
    user = self_of(request, id_in_path(request, "id"))
    gateway = gateway_of(request)
    timelines = gateway.readers.timelines

    async def source(before: int, limit: int) -> Sequence[int]:
        entries = await timelines.home(user, before=before, limit=limit)
        return [entry.tweet_id for entry in entries]

    return await _page(request, asked, source, HOME_PAGE, timelines, gateway.readers.graph)


@endpoints.get("/2/users/{id}/tweets", answers=list[TweetObject])
async def user_timeline(request: web.Request, asked: TimelineQuery) -> web.Response:
    """What a user wrote, newest first."""
    user = id_in_path(request, "id")
    gateway = gateway_of(request)
    if not await gateway.accounts.by_ids([user]):
        raise not_found("user", user)
    readers = gateway.readers
    await reached(request, readers.graph)
    if not await reachable(gateway, user_of(request), [user]):
        return withheld_page("user", "id", user)

    async def source(before: int, limit: int) -> Sequence[int]:
        tweet_ids = await _cached(readers.timelines, user, before, limit)
        if len(tweet_ids) == limit:
            return tweet_ids
        oldest = tweet_ids[-1] if tweet_ids else before
        stored = await readers.tweets.of_author(user, before=oldest, limit=limit - len(tweet_ids))
        return [*tweet_ids, *stored]

    return await _page(request, asked, source, USER_PAGE, readers.timelines)


@endpoints.get("/2/users/{id}/mentions", answers=list[TweetObject])
async def mentions(request: web.Request, asked: MentionsQuery) -> web.Response:
    """Tweets that mention a user or answer one of theirs, newest first."""
    user = id_in_path(request, "id")
    gateway = gateway_of(request)
    if not await gateway.accounts.by_ids([user]):
        raise not_found("user", user)
    notices = gateway.readers.notices

    async def source(before: int, limit: int) -> Sequence[int]:
        return await notices.mentions(user, before=before, limit=limit)

    async def keep(tweets: Sequence[Tweet]) -> Sequence[Tweet]:
        return await visible_tweets(
            gateway, user_of(request), [tweet for tweet in tweets if tweet.concerns(user)]
        )

    return await _page(request, asked, source, USER_PAGE, notices, gateway.readers.graph, keep=keep)


async def _cached(timelines: Timelines, author: int, before: int, limit: int) -> list[int]:
    """What Redis has of the author's tweets: none while it is away, since the store has all."""
    try:
        entries = await timelines.author(author, before=before, limit=limit)
    except redis.TRANSIENT as error:
        logger.warning("reading past the timelines: %r", error)
        return []
    return [entry.tweet_id for entry in entries]


async def _page(
    request: web.Request,
    asked: MentionsQuery,
    source: Source,
    default: int,
    *views: Reader,
    keep: Keep | None = None,
) -> web.Response:
    fields = wanted(asked)
    window = _window(asked)
    gateway = gateway_of(request)
    await reached(request, *gateway.tweets.views, *views)
    limit = asked.max_results or default
    tweets = await _collect(gateway, source, window, limit + 1, keep)
    page = tweets[:limit]
    following = token_after(page[-1].tweet_id) if len(tweets) > limit else None
    return await tweets_page(request, page, fields, following)


async def _collect(
    gateway: Gateway, source: Source, window: Window, limit: int, keep: Keep | None
) -> list[Tweet]:
    tweets: list[Tweet] = []
    before = window.before
    while len(tweets) < limit:
        asked = limit - len(tweets) + SPARE
        tweet_ids = await source(before, asked)
        inside = [tweet_id for tweet_id in tweet_ids if tweet_id >= window.oldest]
        found = await gateway.tweets.tweets(inside)
        there = [tweet for tweet_id in inside if (tweet := found.get(tweet_id))]
        tweets += await keep(there) if keep else there
        if len(inside) < asked:
            break
        before = inside[-1]
    return tweets[:limit]


def _window(parameters: MentionsQuery) -> Window:
    oldest, before = 0, place_of(parameters.pagination_token)
    if parameters.since_id is not None:
        oldest = id_of(parameters.since_id, "since_id") + 1
    if parameters.until_id is not None:
        before = min(before, id_of(parameters.until_id, "until_id"))
    if parameters.start_time is not None:
        oldest = max(oldest, first_id_at(time_ms(parameters.start_time, "start_time")))
    if parameters.end_time is not None:
        before = min(before, first_id_at(time_ms(parameters.end_time, "end_time")), MAX_ID)
    return Window(oldest, before)
