"""Users: how they are shown, and how they change themselves."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.api.base import Command, Fields, IdText, whole
from schemas.text import Entities, Url


class UpdateProfile(Command, frozen=True):
    name: Annotated[str, Meta(min_length=1, max_length=50)] | UnsetType = UNSET
    username: Annotated[str, Meta(pattern=whole("[A-Za-z0-9_]{1,15}"))] | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=160)] | UnsetType = UNSET
    location: Annotated[str, Meta(max_length=30)] | UnsetType = UNSET
    url: Annotated[str, Meta(max_length=100)] | UnsetType = UNSET
    protected: bool | UnsetType = UNSET


class PinTweet(Command, frozen=True):
    tweet_id: IdText


class Pinned(Struct, frozen=True):
    pinned: bool


class UserMetrics(Struct, frozen=True):
    followers_count: int
    following_count: int
    tweet_count: int
    post_count: int
    like_count: int = 0
    media_count: int = 0
    listed_count: int = 0


class UserUrls(Struct, frozen=True):
    urls: tuple[Url, ...]


class UserEntities(Struct, frozen=True):
    url: UserUrls | UnsetType = UNSET
    description: Entities | UnsetType = UNSET


class UserObject(Struct, frozen=True, kw_only=True):
    id: str
    name: str
    username: str
    connection_status: list[str] | UnsetType = UNSET
    created_at: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    entities: UserEntities | UnsetType = UNSET
    location: str | UnsetType = UNSET
    pinned_tweet_id: str | UnsetType = UNSET
    pinned_post_id: str | UnsetType = UNSET
    protected: bool | UnsetType = UNSET
    public_metrics: UserMetrics | UnsetType = UNSET
    url: str | UnsetType = UNSET
    verified: bool | UnsetType = UNSET
    verified_type: Literal["none"] | UnsetType = UNSET


class UsernamesLookup(Fields, frozen=True, kw_only=True):
    usernames: Annotated[str, Meta(pattern=whole("[A-Za-z0-9_]{1,15}(,[A-Za-z0-9_]{1,15}){0,99}"))]
