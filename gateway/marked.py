"""Lists of marks: who marked a tweet, and which tweets a user marked."""

from collections.abc import Sequence

from aiohttp import web

from gateway.answers import tweets_page, users_page
from gateway.cursors import Neighbours
from gateway.filling import EitherWay, Seen, filled_either_way
from gateway.marking import markable
from gateway.parameters import id_in_path
from gateway.positions import reached
from gateway.requests import user_of
from gateway.state import gateway_of
from gateway.visibility import visible, visible_by_id
from gateway.wanted import wanted
from projections.counters import Marked
from projections.counters.reads import Kind
from schemas.api.marks import MarksQuery
from schemas.tweets import Tweet

PAGE = 100


async def users_who(request: web.Request, asked: MarksQuery, kind: Kind) -> web.Response:
    """A page of those who marked the tweet of the path, the newest mark first."""
    fields = wanted(request, asked)
    user, gateway = user_of(request), gateway_of(request)
    counters = gateway.readers.counters
    await reached(request, counters, gateway.readers.graph, *gateway.tweets.views)
    tweet = await markable(gateway, user, id_in_path(request, "id"))

    async def read(place: int, size: int, newer: bool) -> Sequence[Marked]:
        return await counters.on_tweet(tweet.tweet_id, kind, place=place, newer=newer, limit=size)

    async def seen(found: Sequence[Marked]) -> Sequence[Marked]:
        users = await visible(gateway, user, [mark.user for mark in found])
        return [mark for mark in found if mark.user in users]

    page, beside = await _page(asked, read, seen)
    return await users_page(request, [mark.user for mark in page], fields, *beside)


async def tweets_that(
    request: web.Request, asked: MarksQuery, user: int, kind: Kind
) -> web.Response:
    """A page of the tweets that a user marked, the newest mark first."""
    fields = wanted(request, asked)
    viewer, gateway = user_of(request), gateway_of(request)
    counters = gateway.readers.counters
    await reached(request, counters, gateway.readers.graph, *gateway.tweets.views)
    tweets = dict[int, Tweet]()

    async def read(place: int, size: int, newer: bool) -> Sequence[Marked]:
        return await counters.by_user(user, kind, place=place, newer=newer, limit=size)

    async def seen(found: Sequence[Marked]) -> Sequence[Marked]:
        tweets.update(await visible_by_id(gateway, viewer, [mark.tweet for mark in found]))
        return [mark for mark in found if mark.tweet in tweets]

    page, beside = await _page(asked, read, seen)
    return await tweets_page(request, [tweets[mark.tweet] for mark in page], fields, *beside)


async def _page(
    asked: MarksQuery, read: EitherWay[Marked], seen: Seen[Marked]
) -> tuple[Sequence[Marked], Neighbours]:
    token, limit = asked.pagination_token, asked.max_results or PAGE
    return await filled_either_way(read, seen, lambda mark: mark.event, token, limit)
