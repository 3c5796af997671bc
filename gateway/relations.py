"""What commands between two people, and lists of people, have in common."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from gateway.answers import users_page
from gateway.commands import Published
from gateway.cursors import place_and_way_of, token_after, token_before
from gateway.facts import fact
from gateway.parameters import id_in_path
from gateway.positions import reached
from gateway.problems import invalid, not_found
from gateway.requests import self_of
from gateway.state import Gateway, gateway_of
from gateway.wanted import wanted
from projections.graph import Follow, Graph
from schemas.api.relations import FollowsQuery
from schemas.events import Event, UserMuted, UserUnblocked, UserUnmuted
from schemas.ids import MAX_ID
from schemas.users import User

PAGE = 100

Side = Callable[[Graph], Callable[..., Awaitable[list[Follow]]]]
"""Which list of the graph to read."""


async def other(gateway: Gateway, user: int, target: int) -> User:
    """Whom `user` does something to. Raises a 400 `Problem` for oneself, a 404 for nobody."""
    if target == user:
        raise invalid("target_user_id: nobody can do this to themselves")
    found = (await gateway.accounts.by_ids([target])).get(target)
    if found is None:
        raise not_found("user", target)
    return found


async def relation_page(
    request: web.Request, asked: FollowsQuery, user: int, side: Side
) -> web.Response:
    """A page of one side of the edges of `user`, the newest edge first.

    A page that is asked for by a `previous_token` goes on with what it was asked from.
    """
    fields = wanted(request, asked)
    gateway = gateway_of(request)
    await reached(request, gateway.readers.graph)
    place, newer = place_and_way_of(asked.pagination_token)
    limit = asked.max_results or PAGE
    read = side(gateway.readers.graph)
    following = previous = None
    if newer:
        edges = await read(user, after=place, limit=limit + 1)
        page = edges[-limit:]
        following = token_after(page[-1].event_id if page else min(place + 1, MAX_ID))
        if len(edges) > limit:
            previous = token_before(page[0].event_id)
    else:
        edges = await read(user, before=place, limit=limit + 1)
        page = edges[:limit]
        if len(edges) > limit:
            following = token_after(page[-1].event_id)
        if asked.pagination_token is not None:
            previous = token_before(page[0].event_id if page else max(place - 1, 0))
    users = [edge.user_id for edge in page]
    return await users_page(request, users, fields, following, previous)


async def publish_about(
    request: web.Request, target: int, kind: type[UserMuted | UserUnmuted | UserUnblocked]
) -> Published:
    """The user of the path does something about another one, who must exist.

    Raises a 404 `Problem`, and a 400 one for oneself.
    """
    user = self_of(request, id_in_path(request, "id"))
    gateway = gateway_of(request)

    async def decide() -> Event:
        await other(gateway, user, target)
        return kind(**fact(request), target=target)

    return await gateway.commands.publish(request, user, decide)
