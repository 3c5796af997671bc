"""What is between two users."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.api.base import Command, Fields, IdText, PageToken


class TargetUser(Command, frozen=True):
    """Whom to follow, block or mute."""

    target_user_id: IdText


class Following(Struct, frozen=True):
    """`pending_follow`: asked for, since the account is protected."""

    following: bool
    pending_follow: bool | UnsetType = UNSET


class RequestAnswered(Struct, frozen=True):
    accepted: bool


class Blocking(Struct, frozen=True):
    blocking: bool


class Muting(Struct, frozen=True):
    muting: bool


class FollowsQuery(Fields, frozen=True):
    max_results: Annotated[int, Meta(ge=1, le=1_000)] | None = None
    pagination_token: PageToken | None = None
