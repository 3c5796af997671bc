"""Notifications, and how far they were read."""

from msgspec import UNSET, Struct, UnsetType

from schemas.api.answers import Page
from schemas.api.base import Command, Fields, IdText, MaxResults, PageToken
from schemas.notices import NoticeKind


class NotificationObject(Struct, frozen=True, kw_only=True):
    """`tweet_id` is the tweet that answers, quotes or mentions you, or yours that was marked.

    `actor_ids` are the newest of `actor_count` who did it.
    """

    id: str
    type: NoticeKind
    created_at: str
    actor_ids: list[str]
    actor_count: int
    unread: bool
    tweet_id: str | UnsetType = UNSET
    post_id: str | UnsetType = UNSET


class NotificationsPage(Page, frozen=True, kw_only=True):
    unread_count: int


class UnreadCount(Struct, frozen=True):
    unread_count: int


class ReadNotifications(Command, frozen=True):
    until: IdText


class ReadMarker(Struct, frozen=True):
    read: bool
    until: str


class NotificationsQuery(Fields, frozen=True):
    max_results: MaxResults | None = None
    pagination_token: PageToken | None = None
