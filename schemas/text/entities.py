"""What can be found in a text."""

from msgspec import Struct


class Tag(Struct, frozen=True):
    """`start` and `end` count code points; the sign is inside the range, but not in `tag`."""

    start: int
    end: int
    tag: str


class Mention(Struct, frozen=True):
    start: int
    end: int
    username: str


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
