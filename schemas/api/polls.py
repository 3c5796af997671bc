"""Polls, and votes in them."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.api.base import Command, IdText
from schemas.events import ReplySettings

AskedSettings = ReplySettings | Literal["subscribers", "verified"]


class CreatePoll(Command, frozen=True):
    """`reply_settings` is taken, as X takes it, and does nothing: those of the tweet count."""

    options: Annotated[list[str], Meta(min_length=2, max_length=4)]
    duration_minutes: Annotated[int, Meta(ge=5, le=10_080)]
    reply_settings: AskedSettings | None = None


class CastVote(Command, frozen=True):
    """`option` is the position of the poll's option, from 1."""

    tweet_id: IdText
    option: Annotated[int, Meta(ge=1, le=4)]


class PollOption(Struct, frozen=True):
    position: int
    label: str
    votes: int


class PollObject(Struct, frozen=True, kw_only=True):
    """Only the fields that were asked for are set, beside the first two."""

    id: str
    options: list[PollOption]
    duration_minutes: int | UnsetType = UNSET
    end_datetime: str | UnsetType = UNSET
    voting_status: Literal["open", "closed"] | UnsetType = UNSET


class Voted(Struct, frozen=True):
    """`option` is the one that counts: the first vote. Without the poll of a tweet that was deleted
    since."""

    voted: bool
    option: int
    poll: PollObject | UnsetType = UNSET
