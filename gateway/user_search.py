"""Searching for users."""

from aiohttp import web

from gateway.accounts import USERNAME
from gateway.answers import users_page
from gateway.cursors import cursor_at, place_at
from gateway.endpoints import Endpoints
from gateway.problems import invalid
from gateway.questions import searchable
from gateway.state import Gateway, gateway_of
from gateway.wanted import wanted
from projections.search.documents import user_words
from projections.search.reads import Scored
from schemas.api.search import UserSearchQuery
from schemas.api.users import UserObject
from schemas.search.words import fold, words_of

endpoints = Endpoints()

PAGE = 100
FIRST = Scored(1_000.0, 0)
"""Before every hit."""


@endpoints.get("/2/users/search", answers=list[UserObject])
async def search_users(request: web.Request, asked: UserSearchQuery) -> web.Response:
    """Users whose user name or name begins with what is asked for."""
    fields = wanted(asked)
    name = asked.query.strip().removeprefix("@")
    words = words_of(name)
    if not words:
        raise invalid(f"query: {asked.query!r} holds neither letter nor digit")
    token, limit = asked.next_token or asked.pagination_token, asked.max_results or PAGE
    after = None if token is None else place_at(token, Scored)
    gateway = gateway_of(request)
    await searchable(request)
    hits = await gateway.readers.search.people(fold(name), words, after, limit + 1)
    exact = await _named(gateway, name) if after is None else None
    unfound = [exact] if exact and exact not in [user for _, user in hits[:limit]] else []
    page = hits[: limit - len(unfound)]
    kept = await _still_named(gateway, [*unfound, *(user for _, user in page)], words)
    following = cursor_at(page[-1] if page else FIRST) if len(hits) > len(page) else None
    return await users_page(request, kept, fields, following)


async def _named(gateway: Gateway, name: str) -> int | None:
    """Whose user name it is now, however new it is."""
    if not USERNAME.fullmatch(name):
        return None
    user = (await gateway.accounts.by_usernames([name])).get(name.lower())
    return user.user_id if user else None


async def _still_named(gateway: Gateway, users: list[int], words: tuple[str, ...]) -> list[int]:
    """Without those who have other names by now."""
    accounts = await gateway.accounts.by_ids(users)
    return [
        user
        for user in users
        if (account := accounts.get(user))
        and all(
            any(own.startswith(word) for own in user_words(account.username, account.name))
            for word in words
        )
    ]
