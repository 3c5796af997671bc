"""Searching for tweets."""

from collections.abc import Sequence

from aiohttp import web
from msgspec.structs import replace

from events.clock import now_ms
from gateway.answers import tweets_page
from gateway.cursors import cursor_at, place_at
from gateway.endpoints import Endpoints
from gateway.parameters import place_of, token_after, wanted
from gateway.problems import invalid
from gateway.questions import ALL, RECENT, Scope, found_from_here, parsed, question, window_of
from gateway.requests import user_of
from gateway.state import gateway_of
from gateway.visibility import visible_tweets
from projections.search.queries import Window
from projections.search.reads import Asked, Expired, Ranked
from schemas.api.search import SearchQuery
from schemas.api.tweets import TweetObject
from schemas.tweets import Tweet

endpoints = Endpoints()

PAGE = 10
SPARE = 5
"""Hits read beyond the page, so that one just deleted seldom costs another trip."""

TRIPS = 8
"""After so many a page may be short and the next one follows it: while the tweet store is filled
again, there may be nothing to show of a million hits."""


@endpoints.get("/2/tweets/search/recent", answers=list[TweetObject])
async def search_recent(request: web.Request, asked: SearchQuery) -> web.Response:
    """Tweets of the last seven days that match a query."""
    return await _search(request, asked, RECENT)


@endpoints.get("/2/tweets/search/all", answers=list[TweetObject])
async def search_all(request: web.Request, asked: SearchQuery) -> web.Response:
    """Tweets of any age that match a query."""
    return await _search(request, asked, ALL)


async def _search(request: web.Request, asked: SearchQuery, scope: Scope) -> web.Response:
    fields, node = wanted(asked), parsed(asked.query, scope)
    window = window_of(asked, scope, now_ms())
    token, limit = asked.next_token or asked.pagination_token, asked.max_results or PAGE
    await found_from_here(request)
    if asked.sort_order == "relevancy":
        after = None if token is None else place_at(token, Ranked)
        ranked = await _relevant(request, await question(request, node, window), after, limit)
        page, following = ranked
    else:
        window = Window(window.oldest, min(window.before, place_of(token)))
        page, following = await _recent(request, await question(request, node, window), limit)
    return await tweets_page(request, page, fields, following)


async def _recent(
    request: web.Request, asked: Asked, limit: int
) -> tuple[Sequence[Tweet], str | None]:
    """A page, newest first, and the token of the next one."""
    index = gateway_of(request).readers.search
    tweets: list[Tweet] = []
    before = asked.window.before
    for _ in range(TRIPS):
        size = limit + 1 - len(tweets) + SPARE
        window = Window(asked.window.oldest, before)
        ids = await index.recent(replace(asked, window=window), size)
        tweets += await _shown(request, ids)
        if len(tweets) > limit:
            return tweets[:limit], token_after(tweets[limit - 1].tweet_id)
        if len(ids) < size:
            return tweets, None
        before = ids[-1]
    return tweets, token_after(before)


async def _relevant(
    request: web.Request, asked: Asked, after: Ranked | None, limit: int
) -> tuple[Sequence[Tweet], str | None]:
    """A page, the most relevant first, and the token of the next one."""
    index, now = gateway_of(request).readers.search, now_ms()
    tweets: list[Tweet] = []
    places: dict[int, Ranked] = {}
    for _ in range(TRIPS):
        size = limit + 1 - len(tweets) + SPARE
        try:
            hits = await index.relevant(asked, size, after, now)
        except Expired as error:
            raise invalid("next_token: this search is too long ago; begin it again") from error
        places |= {hit.tweet_id: hit for hit in hits}
        tweets += await _shown(request, [hit.tweet_id for hit in hits])
        if len(tweets) > limit:
            return tweets[:limit], cursor_at(places[tweets[limit - 1].tweet_id])
        if len(hits) < size:
            if places:
                await index.seen_all(places[min(places)])
            return tweets, None
        after = hits[-1]
    return tweets, cursor_at(hits[-1])


async def _shown(request: web.Request, ids: Sequence[int]) -> list[Tweet]:
    """What is still there and may be seen."""
    gateway = gateway_of(request)
    found = await gateway.tweets.find(ids)
    tweets = [tweet for tweet_id in ids if (tweet := found.get(tweet_id))]
    return await visible_tweets(gateway, user_of(request), tweets)
