"""The fields and expansions that a request asks for."""

from functools import lru_cache

import msgspec

from gateway.parameters import names
from schemas.api.base import Fields
from schemas.api.lists import ListLookup
from schemas.fields import CARRIED, LIST_FIELDS, USER_FIELDS


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
    return _wanted(
        fields.tweet_fields,
        fields.post_fields,
        fields.user_fields,
        fields.expansions,
        fields.media_fields,
        fields.poll_fields,
    )


def wanted_of_lists(fields: ListLookup) -> frozenset[str]:
    return names(fields.list_fields) | (names(fields.expansions) & LIST_FIELDS)


@lru_cache(maxsize=1_024)
def _wanted(
    tweet: str | None,
    post: str | None,
    user: str | None,
    expansions: str | None,
    media: str | None,
    poll: str | None,
) -> Wanted:
    expanded = names(expansions)
    carried = (CARRIED.get(name, ()) for name in expanded)
    return Wanted(
        names(tweet).union(names(post), *carried),
        names(user) | (expanded & USER_FIELDS),
        expanded,
        names(media),
        names(poll),
    )
