"""Lists of users, shown: one of them, or those of a user."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from msgspec import UNSET

from gateway.answers import answer, hidden_page
from gateway.endpoints import Endpoints
from gateway.list_pages import list_objects, lists_through, owners_of
from gateway.lists import seen_list
from gateway.parameters import id_in_path
from gateway.positions import reached
from gateway.requests import self_of, user_of
from gateway.state import gateway_of
from gateway.wanted import wanted, wanted_of_lists
from projections.lists import Lists, Look, Membership
from schemas.api.answers import Answer
from schemas.api.lists import ListLookup, ListObject, ListsQuery

endpoints = Endpoints()

Side = Callable[[Lists, int, Look, int], Awaitable[list[Membership]]]
"""Which lists of a user to read, given the user, how far, and who reads."""


@endpoints.get("/2/lists/{id}", answers=ListObject)
async def list_by_id(request: web.Request, asked: ListLookup) -> web.Response:
    """One list."""
    fields, list_fields = wanted(request, asked), wanted_of_lists(asked)
    gateway, list_id = gateway_of(request), id_in_path(request, "id")
    await reached(request, gateway.readers.lists, gateway.readers.graph)
    row = await seen_list(gateway, user_of(request), list_id)
    (shown,) = list_objects({list_id: row}, list_fields)
    return answer(Answer(data=shown, includes=await owners_of(request, [row], fields) or UNSET))


@endpoints.get("/2/users/{id}/owned_lists", answers=list[ListObject])
async def owned_lists(request: web.Request, asked: ListsQuery) -> web.Response:
    """The lists that a user made, newest first; private ones are shown to their owner only."""
    return await _of_user(
        request,
        asked,
        lambda lists, user, look, viewer: lists.owned(user, look, private=user == viewer),
    )


@endpoints.get("/2/users/{id}/list_memberships", answers=list[ListObject])
async def list_memberships(request: web.Request, asked: ListsQuery) -> web.Response:
    """The lists that a user is on, the newest membership first."""
    return await _of_user(
        request,
        asked,
        lambda lists, user, look, viewer: lists.with_member(user, look, viewer=viewer),
    )


@endpoints.get("/2/users/{id}/followed_lists", answers=list[ListObject])
async def followed_lists(request: web.Request, asked: ListsQuery) -> web.Response:
    """The lists that a user follows, the newest follow first."""
    return await _of_user(
        request,
        asked,
        lambda lists, user, look, viewer: lists.chosen(user, "follow", look, viewer=viewer),
    )


@endpoints.get("/2/users/{id}/pinned_lists", answers=list[ListObject])
async def pinned_lists(request: web.Request, asked: ListLookup) -> web.Response:
    """The lists that you have pinned, the newest pin first."""
    self_of(request, id_in_path(request, "id"))
    return await _of_user(
        request,
        asked,
        lambda lists, user, look, viewer: lists.chosen(user, "pin", look, viewer=viewer),
    )


async def _of_user(request: web.Request, asked: ListLookup, side: Side) -> web.Response:
    """An empty page for those who may not see the user. Raises a 404 `Problem` for nobody."""
    gateway, user, viewer = gateway_of(request), id_in_path(request, "id"), user_of(request)
    if hidden := await hidden_page(request, user, gateway.readers.lists):
        return hidden
    return await lists_through(
        request, asked, lambda look: side(gateway.readers.lists, user, look, viewer)
    )
