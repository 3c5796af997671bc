"""What a search is about: the query's tree, whom it names, when, and what the viewer may see."""

import asyncio
from typing import NamedTuple

from aiohttp import web

from events.clock import DAY_MS
from gateway.parameters import id_of, time_ms
from gateway.positions import MIN_POSITION, reached
from gateway.problems import invalid
from gateway.requests import user_of
from gateway.state import Gateway, gateway_of
from projections.registry import Reader
from projections.search.queries import Window
from projections.search.reads import Asked
from schemas.api.search import Spanned
from schemas.ids import MAX_ID, first_id_at
from schemas.search import Node, QueryRejected, parse, pointed, usernames

RECENT_MS = 7 * DAY_MS


class Scope(NamedTuple):
    """How long a query may be, in characters, and how far back it looks, in milliseconds."""

    max_length: int
    back_ms: int | None


RECENT = Scope(512, RECENT_MS)
ALL = Scope(1_024, None)
"""As X has them."""


OF_STREAMS = frozenset({"sample"})


def parsed(query: str, scope: Scope) -> Node:
    """Raises a 400 `Problem` that shows the place."""
    try:
        return parse(query, max_length=scope.max_length, without=OF_STREAMS)
    except QueryRejected as rejected:
        raise invalid(f"query: {rejected}\n{pointed(query, rejected)}") from rejected


def window_of(asked: Spanned, scope: Scope, now: int) -> Window:
    """`now` in milliseconds since the Unix epoch. Raises a 400 `Problem`."""
    oldest, before, start = 0, MAX_ID, None
    if scope.back_ms is not None:
        oldest = first_id_at(now - scope.back_ms)
    if asked.start_time is not None:
        start = time_ms(asked.start_time, "start_time")
        if scope.back_ms is not None and start < now - scope.back_ms - DAY_MS:
            raise invalid("start_time: recent is what the last seven days hold; ask for all")
        oldest = max(oldest, first_id_at(start))
    if asked.since_id is not None:
        oldest = max(oldest, id_of(asked.since_id, "since_id") + 1)
    if asked.end_time is not None:
        end = time_ms(asked.end_time, "end_time")
        if start is not None and start >= end:
            raise invalid("start_time: it lies not before end_time")
        before = min(before, first_id_at(end))
    if asked.until_id is not None:
        before = min(before, id_of(asked.until_id, "until_id"))
    return Window(min(oldest, MAX_ID), before)


async def question(request: web.Request, node: Node, window: Window) -> Asked:
    """User names are looked up now, so that a new name is in force at once."""
    gateway, viewer = gateway_of(request), user_of(request)
    users, (followees, walled) = await asyncio.gather(
        _named(gateway, node), gateway.readers.graph.surroundings(viewer)
    )
    allowed = {viewer, *await gateway.protection.among(followees)}
    return Asked(node, users, window, allowed, frozenset(walled))


async def _named(gateway: Gateway, node: Node) -> dict[str, int]:
    names = usernames(node)
    users = await gateway.accounts.by_usernames(names) if names else {}
    return {name: user.user_id for name, user in users.items()}


async def found_from_here(request: web.Request) -> None:
    """Of tweets, with all that decides who may see them; as `searchable`."""
    gateway = gateway_of(request)
    await searchable(request, *gateway.tweets.views, gateway.readers.graph)


async def searchable(request: web.Request, *views: Reader) -> None:
    """Honours `X-Min-Position`: what it names is found, not only written, and `views` have it."""
    search = gateway_of(request).readers.search
    await reached(request, *views, search)
    if MIN_POSITION in request.headers:
        await search.refreshed()
