"""Gained and lost by day: for oneself and for one's own tweets."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, get_args

from aiohttp import web
from msgspec import UNSET, Struct

from gateway.answers import answer
from gateway.endpoints import Endpoints
from gateway.facts import now_ms
from gateway.parameters import id_in_path, ids_of, time_ms
from gateway.positions import reached
from gateway.problems import invalid, missing, withheld
from gateway.requests import self_of, user_of
from gateway.state import gateway_of
from projections.analytics.folds import day_of
from projections.analytics.questions import Change, Days
from schemas.analytics import UserMeasure
from schemas.api import (
    AnalyticsQuery,
    Answer,
    ChangeObject,
    GainedMetrics,
    PartialError,
    TimestampedChanges,
    TimestampedMetrics,
    TopTweetObject,
    TweetAnalytics,
    TweetAnalyticsQuery,
    UserAnalytics,
)
from schemas.fields import ANALYTICS_FIELDS

endpoints = Endpoints()

DAYS = 28
"""Back from now, where no `start_time` is given."""
MAX_DAYS = 366
TOP_TWEETS = 10
DAY_MS = 86_400_000
LAST_MS = 253_402_300_800_000
"""The end of the year 9999."""

GAINED = {
    "likes": "likes",
    "retweets": "retweets",
    "replies": "replies",
    "quotes": "quote_tweets",
    "bookmarks": "bookmarks",
}
LOST = {
    "likes": "unlikes",
    "retweets": "unretweets",
    "replies": "replies_deleted",
    "quotes": "quote_tweets_deleted",
    "bookmarks": "unbookmarks",
}
"""X's names for what a tweet gains and loses; ours where X has none."""


class Span(Struct, frozen=True):
    """Whole days in UTC, both belonging to it, in buckets of `days`."""

    first: date
    last: date
    days: int

    def bucket(self, day: date) -> date:
        """The first day of the bucket that `day` is in."""
        return day - timedelta(days=(day - self.first).days % self.days)


@endpoints.get("/2/users/{id}/analytics", answers=UserAnalytics)
async def user_analytics(request: web.Request, asked: AnalyticsQuery) -> web.Response:
    """What you did, gained and lost by day, and your tweets that went best."""
    user = self_of(request, id_in_path(request, "id"))
    span = _span(asked, "daily")
    analytics = gateway_of(request).readers.analytics
    await reached(request, analytics)
    days = await analytics.of_user(user, span.first, span.last)
    tops = await analytics.top_tweets(user, span.first, span.last, limit=TOP_TWEETS)
    totals = _added(days)
    return answer(
        Answer(
            data=UserAnalytics(
                id=str(user),
                timestamped_metrics=[
                    TimestampedChanges(_timestamp(day), _changes(changes))
                    for day, changes in _bucketed(days, span).items()
                ],
                totals=_changes({m: totals.get(m, Change(0, 0)) for m in get_args(UserMeasure)}),
                top_tweets=[
                    TopTweetObject(
                        id=str(top.tweet_id),
                        engagements=top.engagements,
                        metrics={GAINED[measure]: net for measure, net in top.measures.items()},
                    )
                    for top in tops
                ],
            )
        )
    )


@endpoints.get("/2/tweets/analytics", answers=list[TweetAnalytics])
async def tweet_analytics(request: web.Request, asked: TweetAnalyticsQuery) -> web.Response:
    """What up to 100 of your tweets gained and lost."""
    user = user_of(request)
    span = _span(asked, "total")
    fields = _fields(asked.analytics_fields)
    gateway = gateway_of(request)
    await reached(request, gateway.readers.analytics, *gateway.tweets.views)
    tweet_ids = ids_of(asked.ids)
    tweets = await gateway.tweets.find(tweet_ids)
    owned: list[int] = []
    errors: list[PartialError] = []
    for tweet_id in tweet_ids:
        if (tweet := tweets.get(tweet_id)) is None:
            errors.append(missing("tweet", "ids", str(tweet_id)))
        elif tweet.author != user:
            errors.append(withheld("tweet", "ids", str(tweet_id)))
        else:
            owned.append(tweet.tweet_id)
    days = await gateway.readers.analytics.of_tweets(owned, span.first, span.last)
    by_time = asked.granularity not in (None, "total")
    objects = [
        _tweet(tweet_id, days.get(tweet_id, {}), span, fields, by_time) for tweet_id in owned
    ]
    return answer(Answer(data=objects or UNSET, errors=errors or UNSET))


def _tweet(
    tweet_id: int, days: Days, span: Span, fields: frozenset[str], by_time: bool
) -> TweetAnalytics:
    if not by_time:
        return TweetAnalytics(id=str(tweet_id), **_metrics(_added(days), fields))
    return TweetAnalytics(
        id=str(tweet_id),
        timestamped_metrics=[
            TimestampedMetrics(_timestamp(day), GainedMetrics(**_metrics(changes, fields)))
            for day, changes in _bucketed(days, span).items()
        ],
    )


def _span(asked: AnalyticsQuery, default: str) -> Span:
    """Raises a 400 `Problem` when it is empty or longer than `MAX_DAYS`."""
    end = now_ms() if asked.end_time is None else _time(asked.end_time, "end_time")
    last = day_of(end - 1)
    first = last - timedelta(days=DAYS - 1)
    if asked.start_time is not None:
        start = _time(asked.start_time, "start_time")
        if start >= end:
            raise invalid("start_time: lies not before end_time")
        first = day_of(start)
    days = (last - first).days + 1
    if days > MAX_DAYS:
        raise invalid(f"start_time: more than {MAX_DAYS} days before end_time")
    return Span(first, last, {"daily": 1, "weekly": 7}.get(asked.granularity or default, days))


def _time(text: str, parameter: str) -> int:
    """As `time_ms`, brought into the years that the calendar knows."""
    return min(max(time_ms(text, parameter), DAYS * DAY_MS), LAST_MS)


def _fields(asked: str | None) -> frozenset[str]:
    names = frozenset(asked.split(",")) if asked else ANALYTICS_FIELDS
    if unknown := names - ANALYTICS_FIELDS:
        raise invalid(f"analytics.fields: {sorted(unknown)[0]!r} is no field")
    return names


def _bucketed(days: Days, span: Span) -> dict[date, Mapping[str, Change]]:
    """By first day; buckets in which nothing happened are left out."""
    buckets: dict[date, dict[date, Mapping[str, Change]]] = {}
    for day, changes in days.items():
        buckets.setdefault(span.bucket(day), {})[day] = changes
    return {first: _added(inside) for first, inside in buckets.items()}


def _added(days: Days) -> dict[str, Change]:
    gained, lost = Counter[str](), Counter[str]()
    for changes in days.values():
        for measure, change in changes.items():
            gained[measure] += change.gained
            lost[measure] += change.lost
    return {measure: Change(gained[measure], lost[measure]) for measure in gained}


def _changes(changes: Mapping[str, Change]) -> dict[str, ChangeObject]:
    return {name: ChangeObject(change.gained, change.lost) for name, change in changes.items()}


def _metrics(changes: Mapping[str, Change], fields: frozenset[str]) -> dict[str, Any]:
    metrics = {"engagements": sum(change.gained for change in changes.values())}
    for measure in GAINED:
        change = changes.get(measure, Change(0, 0))
        metrics |= {GAINED[measure]: change.gained, LOST[measure]: change.lost}
    return {name: count for name, count in metrics.items() if name in fields}


def _timestamp(day: date) -> str:
    return f"{day.isoformat()}T00:00:00.000Z"
