"""The fields and expansions that a request asks for."""

from functools import lru_cache

import msgspec

from gateway.problems import invalid
from schemas.api.base import Fields
from schemas.api.lists import ListLookup
from schemas.fields import (
    CARRIED,
    EXPANSIONS,
    LIST_FIELDS,
    MEDIA_FIELDS,
    PLACE_FIELDS,
    POLL_FIELDS,
    TWEET_FIELDS,
    USER_FIELDS,
)


class Wanted(msgspec.Struct, frozen=True):
    """The fields and expansions a request asks for, of what was made by ids lower than `before`.

    All that X knows are accepted; those that no view here holds are left out of the answer, as X
    leaves out what a tweet does not have. An expansion brings the field along that holds its ids.
    """

    tweet: frozenset[str]
    user: frozenset[str]
    expansions: frozenset[str]
    media: frozenset[str] = frozenset()
    poll: frozenset[str] = frozenset()
    before: int | None = None


def wanted(fields: Fields) -> Wanted:
    """Raises a 400 `Problem` that names a field which X does not know."""
    return _wanted(
        fields.tweet_fields,
        fields.post_fields,
        fields.user_fields,
        fields.expansions,
        fields.media_fields,
        fields.poll_fields,
        fields.place_fields,
    )


def wanted_of_lists(fields: ListLookup) -> frozenset[str]:
    """Raises a 400 `Problem` that names a field which X does not know."""
    expanded = _names("expansions", fields.expansions, EXPANSIONS)
    return _names("list.fields", fields.list_fields, LIST_FIELDS) | (expanded & LIST_FIELDS)


@lru_cache(maxsize=1_024)
def _wanted(
    tweet: str | None,
    post: str | None,
    user: str | None,
    expansions: str | None,
    media: str | None,
    poll: str | None,
    place: str | None,
) -> Wanted:
    _names("place.fields", place, PLACE_FIELDS)
    expanded = _names("expansions", expansions, EXPANSIONS)
    return Wanted(
        _names("tweet.fields", tweet, TWEET_FIELDS).union(
            _names("post.fields", post, TWEET_FIELDS),
            *(CARRIED.get(name, ()) for name in expanded),
        ),
        _names("user.fields", user, USER_FIELDS) | (expanded & USER_FIELDS),
        expanded,
        _names("media.fields", media, MEDIA_FIELDS),
        _names("poll.fields", poll, POLL_FIELDS),
    )


def _names(parameter: str, value: str | None, known: frozenset[str]) -> frozenset[str]:
    names = frozenset(value.split(",")) if value else frozenset()
    if unknown := names - known:
        raise invalid(f"{parameter}: {sorted(unknown)[0]!r} is no field")
    return names
