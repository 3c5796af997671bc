"""Replies: hiding them, and asking for a conversation."""

from typing import Literal

from msgspec import Struct

from schemas.api.base import AsOf, Command, Fields, MaxResults, PageToken


class HideReply(Command, frozen=True):
    hidden: bool


class Hidden(Struct, frozen=True):
    hidden: bool


class RepliesQuery(Fields, frozen=True):
    sort_order: Literal["recency", "likes"] | None = None
    max_results: MaxResults | None = None
    pagination_token: PageToken | None = None


class ThreadQuery(RepliesQuery, frozen=True):
    as_of: AsOf | None = None
