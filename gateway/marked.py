"""Lists of marks: who marked a tweet, and which tweets a user marked."""

from collections.abc import Sequence

from aiohttp import web

from gateway.answers import tweets_page, users_page
from gateway.marking import markable
from gateway.parameters import id_in_path, place_of, token_after, wanted
from gateway.positions import reached
from gateway.requests import user_of
from gateway.state import gateway_of
from gateway.visibility import visible, visible_tweets
from projections.counters import Marked
from projections.counters.reads import Kind
from schemas.api.marks import MarksQuery

PAGE = 100


async def users_who(request: web.Request, asked: MarksQuery, kind: Kind) -> web.Response:
    """A page of those who marked the tweet of the path, the newest mark first."""
    fields = wanted(asked)
    page, following = await _of_tweet(request, asked, kind)
    users = [mark.user for mark in page]
    seen = await visible(gateway_of(request), user_of(request), users)
    return await users_page(request, [user for user in users if user in seen], fields, following)


async def tweets_that(
    request: web.Request, asked: MarksQuery, user: int, kind: Kind
) -> web.Response:
    """A page of the tweets that a user marked, the newest mark first."""
    gateway = gateway_of(request)
    counters = gateway.readers.counters
    await reached(request, counters, gateway.readers.graph, *gateway.tweets.views)
    limit = asked.max_results or PAGE
    before = place_of(asked.pagination_token)
    marks = await counters.by_user(user, kind, before=before, limit=limit + 1)
    page, following = _page(marks, limit)
    return await _tweets(request, asked, [mark.tweet for mark in page], following)


async def _of_tweet(
    request: web.Request, asked: MarksQuery, kind: Kind
) -> tuple[Sequence[Marked], str | None]:
    gateway = gateway_of(request)
    counters = gateway.readers.counters
    await reached(request, counters, gateway.readers.graph, *gateway.tweets.views)
    tweet = await markable(gateway, user_of(request), id_in_path(request, "id"))
    limit = asked.max_results or PAGE
    before = place_of(asked.pagination_token)
    marks = await counters.on_tweet(tweet.tweet_id, kind, before=before, limit=limit + 1)
    return _page(marks, limit)


def _page(marks: Sequence[Marked], limit: int) -> tuple[Sequence[Marked], str | None]:
    page = marks[:limit]
    return page, token_after(page[-1].event) if len(marks) > limit else None


async def _tweets(
    request: web.Request, asked: MarksQuery, ids: Sequence[int], following: str | None
) -> web.Response:
    """Without those that are deleted, or that the user may not see."""
    gateway = gateway_of(request)
    found = await gateway.tweets.find(ids)
    there = [tweet for tweet_id in ids if (tweet := found.get(tweet_id))]
    seen = await visible_tweets(gateway, user_of(request), there)
    return await tweets_page(request, seen, wanted(asked), following)
