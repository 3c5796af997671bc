"""How many tweets match a query, over time."""

from aiohttp import web

from events.clock import DAY_MS, now_ms
from gateway.answers import answer
from gateway.cursors import cursor_at, place_at
from gateway.endpoints import Endpoints
from gateway.questions import (
    ALL,
    RECENT,
    Scope,
    found_from_here,
    parsed,
    question,
    window_of,
)
from gateway.state import gateway_of
from gateway.times import timestamp
from projections.search.queries import Window
from schemas.api.answers import Answer
from schemas.api.search import CountObject, CountsPage, CountsQuery
from schemas.ids import MAX_ID, first_id_at, time_of

endpoints = Endpoints()

BUCKET_MS = {"minute": 60_000, "hour": 3_600_000, "day": DAY_MS}
BUCKETS = 1_000
"""In one page; the newest page comes first, and each is in the order of time."""

ALL_MS = 30 * DAY_MS
"""So far back all is counted where no start is given."""


@endpoints.get("/2/tweets/counts/recent", answers=list[CountObject], meta=CountsPage)
async def counts_recent(request: web.Request, asked: CountsQuery) -> web.Response:
    """How many tweets of the last seven days match a query, by minute, hour or day."""
    return await _counts(request, asked, RECENT)


@endpoints.get("/2/tweets/counts/all", answers=list[CountObject], meta=CountsPage)
async def counts_all(request: web.Request, asked: CountsQuery) -> web.Response:
    """How many tweets of any age match a query, by minute, hour or day."""
    return await _counts(request, asked, ALL)


async def _counts(request: web.Request, asked: CountsQuery, scope: Scope) -> web.Response:
    node, now = parsed(asked.query, scope), now_ms()
    window = window_of(asked, scope, now)
    end = min(now, time_of(window.before - 1) + 1)
    start = time_of(window.oldest)
    if asked.start_time is None and asked.since_id is None and scope is ALL:
        start = end - ALL_MS
    if token := asked.next_token or asked.pagination_token:
        end = min(end, place_at(token, int))
    bucket = BUCKET_MS[asked.granularity]
    first = max(start, (end - 1) // bucket * bucket - (BUCKETS - 1) * bucket)
    await found_from_here(request)
    page = Window(max(window.oldest, _id_at(first)), min(window.before, _id_at(end)))
    counts = await gateway_of(request).readers.search.counts(
        await question(request, node, page), bucket
    )
    data = [
        CountObject(
            start=timestamp(max(at, first)),
            end=timestamp(min(at + bucket, end)),
            tweet_count=counts.get(at, 0),
            post_count=counts.get(at, 0),
        )
        for at in range(first // bucket * bucket, end, bucket)
        if first < end
    ]
    total = sum(counts.values())
    return answer(
        Answer(
            data=data,
            meta=CountsPage(
                result_count=len(data),
                total_tweet_count=total,
                total_post_count=total,
                next_token=cursor_at(first) if first > start else None,
            ),
        )
    )


def _id_at(at: int) -> int:
    return min(first_id_at(at), MAX_ID)
