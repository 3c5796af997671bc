"""Figures by day."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.api.base import FieldList, Query, whole


class ChangeObject(Struct, frozen=True):
    gained: int
    lost: int


class TimestampedChanges(Struct, frozen=True):
    timestamp: str
    metrics: dict[str, ChangeObject]


class TopTweetObject(Struct, frozen=True):
    """`metrics` and their sum `engagements`: gained in the time, less what was lost."""

    id: str
    engagements: int
    metrics: dict[str, int]


class UserAnalytics(Struct, frozen=True):
    """A time begins at its `timestamp`; times in which nothing happened are left out."""

    id: str
    timestamped_metrics: list[TimestampedChanges]
    totals: dict[str, ChangeObject]
    top_tweets: list[TopTweetObject]


class GainedMetrics(Struct, frozen=True, kw_only=True):
    """Only the fields that were asked for are set. `engagements` is all that was gained."""

    engagements: int | UnsetType = UNSET
    likes: int | UnsetType = UNSET
    unlikes: int | UnsetType = UNSET
    retweets: int | UnsetType = UNSET
    unretweets: int | UnsetType = UNSET
    replies: int | UnsetType = UNSET
    replies_deleted: int | UnsetType = UNSET
    quote_tweets: int | UnsetType = UNSET
    quote_tweets_deleted: int | UnsetType = UNSET
    bookmarks: int | UnsetType = UNSET
    unbookmarks: int | UnsetType = UNSET


class TimestampedMetrics(Struct, frozen=True):
    timestamp: str
    metrics: GainedMetrics


class TweetAnalytics(GainedMetrics, frozen=True, kw_only=True):
    """The metrics by time or, with granularity `total`, their sums beside the id."""

    id: str
    timestamped_metrics: list[TimestampedMetrics] | UnsetType = UNSET


class AnalyticsQuery(Query, frozen=True, kw_only=True):
    start_time: str | None = None
    end_time: str | None = None
    granularity: Literal["daily", "weekly", "total", "hourly"] | None = None


class TweetAnalyticsQuery(AnalyticsQuery, frozen=True, kw_only=True):
    ids: Annotated[str, Meta(pattern=whole("[0-9]{1,19}(,[0-9]{1,19}){0,99}"))]
    analytics_fields: FieldList | None = None
