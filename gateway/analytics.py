"""Gained and lost by day: for oneself and for one's own tweets."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from aiohttp import web
from msgspec import UNSET

from gateway.answers import answer
from gateway.endpoints import Endpoints
from gateway.parameters import id_in_path, ids_of, names
from gateway.positions import reached
from gateway.problems import missing, withheld
from gateway.requests import self_of, user_of
from gateway.spans import Span, span_of, timestamp_of
from gateway.state import gateway_of
from projections.analytics.questions import Change, Days
from schemas.analytics import UserMeasure
from schemas.api.analytics import (
    AnalyticsQuery,
    ChangeObject,
    GainedMetrics,
    TimestampedChanges,
    TimestampedMetrics,
    TopTweetObject,
    TweetAnalytics,
    TweetAnalyticsQuery,
    UserAnalytics,
)
from schemas.api.answers import Answer, PartialError
from schemas.fields import ANALYTICS_FIELDS

endpoints = Endpoints()

TOP_TWEETS = 10
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


@endpoints.get("/2/users/{id}/analytics", answers=UserAnalytics)
async def user_analytics(request: web.Request, asked: AnalyticsQuery) -> web.Response:
    """What you did, gained and lost by day, and your tweets that went best."""
    user = self_of(request, id_in_path(request, "id"))
    span = span_of(asked, "daily")
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
                    TimestampedChanges(timestamp_of(day), _changes(changes))
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
    span = span_of(asked, "total")
    fields = names(asked.analytics_fields) or ANALYTICS_FIELDS
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
            TimestampedMetrics(timestamp_of(day), GainedMetrics(**_metrics(changes, fields)))
            for day, changes in _bucketed(days, span).items()
        ],
    )


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
