"""Searching for tweets."""

from collections.abc import Sequence

from aiohttp import web
from msgspec.structs import replace

from events.clock import now_ms
from gateway.answers import tweets_page
from gateway.cursors import Neighbours, Start, cursor_at, place_at, start_of
from gateway.endpoints import Endpoints
from gateway.filling import filled, filled_below
from gateway.problems import invalid
from gateway.questions import ALL, RECENT, Scope, found_from_here, parsed, question, window_of
from gateway.requests import user_of
from gateway.state import gateway_of
from gateway.visibility import visible_by_id
from gateway.wanted import wanted
from projections.search.queries import Window
from projections.search.reads import Asked, Expired, Ranked
from schemas.api.search import SearchAllQuery, SearchQuery
from schemas.api.timelines import RetweetsQuery
from schemas.api.tweets import TweetObject
from schemas.search.tree import RetweetsOf
from schemas.tweets import Tweet

endpoints = Endpoints()

PAGE = 10
REPOSTS_PAGE = 100


@endpoints.get("/2/tweets/search/recent", answers=list[TweetObject])
async def search_recent(request: web.Request, asked: SearchQuery) -> web.Response:
    """Tweets of the last seven days that match a query."""
    return await _search(request, asked, RECENT)


@endpoints.get("/2/tweets/search/all", answers=list[TweetObject])
async def search_all(request: web.Request, asked: SearchAllQuery) -> web.Response:
    """Tweets of any age that match a query."""
    return await _search(request, asked, ALL)


@endpoints.get("/2/users/reposts_of_me", answers=list[TweetObject])
async def reposts_of_me(request: web.Request, asked: RetweetsQuery) -> web.Response:
    """The retweets of what you wrote, newest first."""
    fields, start = wanted(request, asked), start_of(asked.pagination_token)
    await found_from_here(request)
    of_mine = await question(request, RetweetsOf(user_of(request)), Window(before=start.before))
    page, tokens = await _recent(request, of_mine, start, asked.max_results or REPOSTS_PAGE)
    return await tweets_page(request, page, fields, *tokens)


async def _search(request: web.Request, asked: SearchQuery, scope: Scope) -> web.Response:
    fields, node = wanted(request, asked), parsed(asked.query, scope)
    window = window_of(asked, scope, now_ms())
    token, limit = asked.next_token or asked.pagination_token, asked.max_results or PAGE
    await found_from_here(request)
    if asked.sort_order == "relevancy":
        after = None if token is None else place_at(token, Ranked)
        ranked = await _relevant(request, await question(request, node, window), after, limit)
        page, tokens = ranked
    else:
        start = start_of(token)
        start = start._replace(before=min(window.before, start.before))
        window = Window(window.oldest, start.before)
        found = await question(request, node, window)
        page, tokens = await _recent(request, found, start, limit)
    return await tweets_page(request, page, fields, *tokens)


async def _recent(
    request: web.Request, asked: Asked, start: Start, limit: int
) -> tuple[Sequence[Tweet], Neighbours]:
    """A page, newest first, and the tokens of those beside it."""
    index = gateway_of(request).readers.search
    tweets: dict[int, Tweet] = {}

    async def read(before: int, size: int) -> Sequence[int]:
        window = Window(asked.window.oldest, before)
        return await index.recent(replace(asked, window=window), size)

    async def seen(found: Sequence[int]) -> Sequence[int]:
        tweets.update(await _shown(request, found))
        return [tweet_id for tweet_id in found if tweet_id in tweets]

    page, tokens = await filled_below(read, seen, int, start, limit)
    return [tweets[tweet_id] for tweet_id in page], tokens


async def _relevant(
    request: web.Request, asked: Asked, after: Ranked | None, limit: int
) -> tuple[Sequence[Tweet], Neighbours]:
    """A page, the most relevant first, and the token of the next one."""
    index, now = gateway_of(request).readers.search, now_ms()
    tweets: dict[int, Tweet] = {}
    last: Ranked | None = None

    async def read(after: Ranked | None, size: int) -> Sequence[Ranked]:
        nonlocal last
        try:
            hits = await index.relevant(asked, size, after, now)
        except Expired as error:
            raise invalid("next_token: this search is too long ago; begin it again") from error
        last = hits[-1] if hits else last
        return hits

    async def seen(found: Sequence[Ranked]) -> Sequence[Ranked]:
        tweets.update(await _shown(request, [hit.tweet_id for hit in found]))
        return [hit for hit in found if hit.tweet_id in tweets]

    def place(hit: Ranked) -> Ranked | None:
        return hit

    page = await filled(read, seen, place, after, limit)
    if page.last is None and last is not None and after is None:
        await index.seen_all(last)
    token = None if page.last is None else cursor_at(page.last)
    return [tweets[hit.tweet_id] for hit in page.shown], Neighbours(token, None)


async def _shown(request: web.Request, ids: Sequence[int]) -> dict[int, Tweet]:
    """What is still there and may be seen."""
    return await visible_by_id(gateway_of(request), user_of(request), ids)
