"""Searching for users."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Annotated, NamedTuple

from aiohttp import web
from msgspec import Meta

from gateway.accounts import USERNAME
from gateway.answers import users_page
from gateway.cursors import cursor_at, place_at
from gateway.endpoints import Endpoints
from gateway.problems import invalid
from gateway.questions import searchable
from gateway.state import Gateway, gateway_of
from gateway.wanted import wanted
from projections.search.documents import user_words
from projections.search.reads import Score, Scored
from schemas.api.search import UserSearchQuery
from schemas.api.users import UserObject
from schemas.ids import Id
from schemas.search.words import fold, words_of
from schemas.users import User

endpoints = Endpoints()

PAGE = 100

NEW_NAMES = 100
"""So many of those renamed last are looked at, since the index may not know them by these names."""

NEW = timedelta(minutes=1)


class Place(NamedTuple):
    """A page goes on after this hit, without those who were `shown` before the index found them."""

    score: Score = 1_000.0
    user_id: Id = 0
    shown: Annotated[tuple[Id, ...], Meta(max_length=NEW_NAMES)] = ()


FIRST = Place()
"""Before every hit."""


@endpoints.get("/2/users/search", answers=list[UserObject])
async def search_users(request: web.Request, asked: UserSearchQuery) -> web.Response:
    """Users whose user name or name begins with what is asked for."""
    fields = wanted(request, asked)
    name = asked.query.strip().removeprefix("@")
    words = words_of(name)
    if not words:
        raise invalid(f"query: {asked.query!r} holds neither letter nor digit")
    token, limit = asked.next_token or asked.pagination_token, asked.max_results or PAGE
    start = FIRST if token is None else place_at(token, Place)
    gateway = gateway_of(request)
    await searchable(request)
    unfound = await _unfound(gateway, name, words, start)
    apart = {*start.shown, *unfound}
    after = Scored(start.score, start.user_id)
    found = await gateway.readers.search.people(fold(name), words, after, limit + 1 + len(apart))
    hits = [hit for hit in found if hit.user_id not in apart]
    first = unfound[:limit]
    page = hits[: limit - len(first)]
    kept = await _still_named(gateway, [*first, *(user for _, user in page)], words)
    following = None
    if len(first) < len(unfound) or len(page) < len(hits):
        last = page[-1] if page else after
        following = cursor_at(Place(*last, (*start.shown, *first)[-NEW_NAMES:]))
    return await users_page(request, kept, fields, following)


async def _unfound(
    gateway: Gateway, name: str, words: Sequence[str], start: Place
) -> Sequence[int]:
    """Those who are called so now, but not in the index yet; to be asked before that is searched:
    who comes into it between the two is then found twice, not never."""
    named = await gateway.accounts.renamed(NEW, NEW_NAMES)
    if start is FIRST and USERNAME.fullmatch(name):
        named = [*(await gateway.accounts.by_usernames([name])).values(), *named]
    called = {user.user_id: user for user in named if _is_called(user, words)}
    users = sorted(called.keys() - {*start.shown}, key=lambda user: _rank(called[user], fold(name)))
    found = await gateway.readers.search.people_among(users, words) if users else set()
    return [user for user in users if user not in found]


def _rank(user: User, name: str) -> tuple[bool, bool, int]:
    """The order that the index has."""
    own = fold(user.username)
    return own != name, not own.startswith(name), user.user_id


async def _still_named(
    gateway: Gateway, users: Iterable[int], words: Sequence[str]
) -> Sequence[int]:
    """Without those who have other names by now."""
    accounts = await gateway.accounts.by_ids(users)
    return [user for user in users if user in accounts and _is_called(accounts[user], words)]


def _is_called(user: User, words: Sequence[str]) -> bool:
    names = user_words(user.username, user.name)
    return all(any(own.startswith(word) for own in names) for word in words)
