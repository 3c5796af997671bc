"""The fields and expansions that a request asks for."""

from functools import lru_cache

import msgspec
from aiohttp import web

from gateway.guarded import with_parts
from gateway.parameters import names
from gateway.requests import scopes_of
from schemas.api.base import Fields
from schemas.api.lists import ListLookup
from schemas.fields import CARRIED, LIST_FIELDS, USER_FIELDS


class Wanted(msgspec.Struct, frozen=True):
    """The fields and expansions a request asks for, of what was made by ids lower than `before`.

    All that X knows are accepted; those that no view here holds are left out of the answer, as X
    leaves out what a tweet does not have. An expansion brings the field along that holds its ids,
    and a guarded field its parts that may be seen (`gateway.guarded`).
    """

    tweet: frozenset[str]
    user: frozenset[str]
    expansions: frozenset[str]
    media: frozenset[str] = frozenset()
    poll: frozenset[str] = frozenset()
    before: int | None = None


def wanted(request: web.Request, fields: Fields) -> Wanted:
    """Without what a program may not see."""
    return _wanted(
        fields.tweet_fields,
        fields.post_fields,
        fields.user_fields,
        fields.expansions,
        fields.media_fields,
        fields.poll_fields,
        scopes_of(request),
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
    scopes: frozenset[str] | None,
) -> Wanted:
    expanded = names(expansions)
    carried = (CARRIED.get(name, ()) for name in expanded)
    return Wanted(
        with_parts(names(tweet).union(names(post), *carried), scopes),
        with_parts(names(user) | (expanded & USER_FIELDS), scopes),
        expanded,
        names(media),
        names(poll),
    )
