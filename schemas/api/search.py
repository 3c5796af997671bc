"""Searching tweets and users, counting what is found, and trends."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.api.answers import Page
from schemas.api.base import FieldList, Fields, IdText, LongToken, Query


class CountObject(Struct, frozen=True):
    start: str
    end: str
    tweet_count: int
    post_count: int


class CountsPage(Page, frozen=True, kw_only=True):
    total_tweet_count: int
    total_post_count: int


class TrendObject(Struct, frozen=True):
    """The counts are of the window; `score` is how far above the expected they are, in standard
    deviations."""

    trend_name: str
    tweet_count: int
    post_count: int
    people_count: int
    score: float


class PersonalizedTrendObject(Struct, frozen=True):
    """`trending_since` is where the time begins that the count is of."""

    trend_name: str
    post_count: str
    trending_since: str


class Spanned(Fields, frozen=True, kw_only=True):
    """A search query with what bounds it in time."""

    query: Annotated[str, Meta(min_length=1, max_length=4_096)]
    since_id: IdText | None = None
    until_id: IdText | None = None
    start_time: str | None = None
    end_time: str | None = None
    next_token: LongToken | None = None
    pagination_token: LongToken | None = None


class SearchQuery(Spanned, frozen=True, kw_only=True):
    max_results: Annotated[int, Meta(ge=10, le=100)] | None = None
    sort_order: Literal["recency", "relevancy"] = "recency"


class SearchAllQuery(SearchQuery, frozen=True, kw_only=True):
    max_results: Annotated[int, Meta(ge=10, le=500)] | None = None


class CountsQuery(Spanned, frozen=True, kw_only=True):
    granularity: Literal["minute", "hour", "day"] = "hour"
    search_count_fields: FieldList | None = None


class WorldTrendsQuery(Query, frozen=True):
    max_trends: Annotated[int, Meta(ge=1, le=50)] | None = None
    trend_fields: FieldList | None = None


class TrendsQuery(WorldTrendsQuery, frozen=True):
    window_minutes: Annotated[int, Meta(ge=1, le=10_080)] | None = None


class PersonalizedTrendsQuery(Query, frozen=True):
    personalized_trend_fields: FieldList | None = None


class UserSearchQuery(Fields, frozen=True, kw_only=True):
    query: Annotated[str, Meta(min_length=1, max_length=50)]
    max_results: Annotated[int, Meta(ge=1, le=1_000)] | None = None
    next_token: LongToken | None = None
    pagination_token: LongToken | None = None
