"""Hashtags that rise."""

from aiohttp import web
from msgspec import UNSET

from events.clock import now_ms
from gateway.answers import answer
from gateway.endpoints import Endpoints
from gateway.problems import not_found
from gateway.questions import searchable
from gateway.state import gateway_of
from gateway.times import timestamp
from projections.search.trends import Trend
from schemas.api.answers import Answer, Page
from schemas.api.search import (
    PersonalizedTrendObject,
    PersonalizedTrendsQuery,
    TrendObject,
    TrendsQuery,
    WorldTrendsQuery,
)

endpoints = Endpoints()

TRENDS = 20
WINDOW_MINUTES = 60
MINUTE_MS = 60_000
WORLD = "1"
"""The only place there is, by X's numbers of places."""


@endpoints.get("/2/trends", answers=list[TrendObject])
async def trends(request: web.Request, asked: TrendsQuery) -> web.Response:
    """Hashtags used more within the last minutes than before."""
    return await _trends(request, asked.window_minutes or WINDOW_MINUTES, asked.max_trends)


@endpoints.get("/2/trends/by/woeid/{woeid}", answers=list[TrendObject])
async def trends_of_place(request: web.Request, asked: WorldTrendsQuery) -> web.Response:
    """The same for a place: 1, the world, is all there is."""
    woeid = request.match_info["woeid"]
    if woeid != WORLD:
        raise not_found("place", woeid, "woeid")
    return await _trends(request, WINDOW_MINUTES, asked.max_trends)


@endpoints.get("/2/users/personalized_trends", answers=list[PersonalizedTrendObject])
async def personalized_trends(request: web.Request, asked: PersonalizedTrendsQuery) -> web.Response:
    """The same for everybody: hashtags used more within the last hour than before."""
    now = now_ms()
    since = timestamp(now - WINDOW_MINUTES * MINUTE_MS)
    data = [
        PersonalizedTrendObject(f"#{trend.tag}", str(trend.tweets), since)
        for trend in await _risen(request, now, WINDOW_MINUTES, TRENDS)
    ]
    return answer(Answer(data=data or UNSET))


async def _trends(request: web.Request, minutes: int, limit: int | None) -> web.Response:
    data = [
        TrendObject(
            trend_name=f"#{trend.tag}",
            tweet_count=trend.tweets,
            post_count=trend.tweets,
            people_count=trend.people,
            score=round(trend.score, 2),
        )
        for trend in await _risen(request, now_ms(), minutes, limit or TRENDS)
    ]
    return answer(Answer(data=data or UNSET, meta=Page(result_count=len(data))))


async def _risen(request: web.Request, now: int, minutes: int, limit: int) -> list[Trend]:
    await searchable(request)
    return await gateway_of(request).readers.search.trends(now, minutes * MINUTE_MS, limit)
