"""What every answer is, good or not."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from schemas.api.media import MediaObject
from schemas.api.polls import PollObject
from schemas.api.tweets import TweetObject
from schemas.api.users import UserObject


class Includes(Struct, frozen=True, omit_defaults=True):
    users: list[UserObject] = []
    tweets: list[TweetObject] = []
    posts: list[TweetObject] = []
    polls: list[PollObject] = []
    media: list[MediaObject] = []


class PartialError(Struct, frozen=True, kw_only=True):
    """One thing of several that could not be had, in an answer that is otherwise good.

    `id` is that of the rule which another one repeats.
    """

    title: str
    detail: str
    type: str
    resource_type: str
    parameter: str
    resource_id: str
    value: str
    section: Literal["includes"] | UnsetType = UNSET
    id: str | UnsetType = UNSET


class Page(Struct, frozen=True, kw_only=True, omit_defaults=True):
    result_count: int
    newest_id: str | None = None
    oldest_id: str | None = None
    next_token: str | None = None
    previous_token: str | None = None


class Answer(Struct, frozen=True, kw_only=True):
    """Every 2xx body."""

    data: Any | UnsetType = UNSET
    includes: Includes | UnsetType = UNSET
    errors: list[PartialError] | UnsetType = UNSET
    meta: Page | UnsetType = UNSET


class ProblemObject(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457 problem+json; `errors` repeats the message where X clients look for it."""

    title: str
    detail: str
    type: str
    status: int
    errors: list[dict[str, Any]] = []
