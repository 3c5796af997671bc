"""What may be asked of timelines, and of those who retweet and quote."""

from typing import Annotated

from msgspec import Meta

from schemas.api.base import AsOf, Fields, IdText, MaxResults, PageToken, whole

Exclude = Annotated[str, Meta(pattern=whole("(replies|retweets)(,(replies|retweets))?"))]


class Excluding:
    """What a query says is to be left out."""

    __slots__ = ()
    exclude: str | None

    @property
    def excluded(self) -> frozenset[str]:
        return frozenset(self.exclude.split(",")) if self.exclude else frozenset()


class MentionsQuery(Fields, frozen=True):
    max_results: MaxResults | None = None
    pagination_token: PageToken | None = None
    since_id: IdText | None = None
    until_id: IdText | None = None
    start_time: str | None = None
    end_time: str | None = None


class TimelineQuery(MentionsQuery, Excluding, frozen=True):
    exclude: Exclude | None = None


class UserTimelineQuery(TimelineQuery, frozen=True):
    as_of: AsOf | None = None


class RetweetsQuery(Fields, frozen=True):
    max_results: MaxResults | None = None
    pagination_token: PageToken | None = None


class QuotesQuery(RetweetsQuery, Excluding, frozen=True):
    exclude: Exclude | None = None
