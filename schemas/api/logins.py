"""Logging in as a program, and asking who one is, as API v1.1 has them."""

from typing import Literal

from msgspec import Struct

from schemas.api.base import FormCommand, Query


class AppLogin(FormCommand, frozen=True):
    grant_type: Literal["client_credentials"]


class AppToken(Struct, frozen=True):
    token_type: Literal["bearer"]
    access_token: str


class VerifyCredentials(Query, frozen=True):
    """What is left out anyway: entities, the newest tweet and the e-mail address."""

    include_entities: bool = True
    skip_status: bool = False
    include_email: bool = False


class LegacyUser(Struct, frozen=True, kw_only=True):
    """A user as API v1.1 shows one. What nobody has here is false, and images are left out."""

    id: int
    id_str: str
    name: str
    screen_name: str
    location: str
    description: str
    url: str | None
    protected: bool
    verified: bool = False
    followers_count: int
    friends_count: int
    listed_count: int
    favourites_count: int
    statuses_count: int
    created_at: str
    geo_enabled: bool = False
    contributors_enabled: bool = False
    is_translator: bool = False
    default_profile: bool = True
    default_profile_image: bool = True
    following: bool = False
    follow_request_sent: bool = False
    notifications: bool = False
