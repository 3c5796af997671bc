"""What can be found in a text."""

from msgspec import UNSET, Struct, UnsetType


class Tag(Struct, frozen=True):
    """`start` and `end` count code points; the sign is inside the range, but not in `tag`."""

    start: int
    end: int
    tag: str


class Mention(Struct, frozen=True):
    """`id` is that of the user, where it is known who is meant."""

    start: int
    end: int
    username: str
    id: str | UnsetType = UNSET


class Url(Struct, frozen=True):
    start: int
    end: int
    url: str
    expanded_url: str
    display_url: str


class Entities(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Names as in X API v2; each kind in the order of the text."""

    hashtags: tuple[Tag, ...] = ()
    cashtags: tuple[Tag, ...] = ()
    mentions: tuple[Mention, ...] = ()
    urls: tuple[Url, ...] = ()
