"""Who is on a list, and who follows it."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from gateway.answers import written
from gateway.endpoints import Endpoints
from gateway.facts import fact
from gateway.list_pages import users_through
from gateway.lists import own_list, seen_list
from gateway.parameters import id_in_path, id_of
from gateway.positions import reached
from gateway.problems import forbidden, not_found
from gateway.requests import user_of
from gateway.state import gateway_of
from gateway.visibility import visible
from projections.lists import MAX_MEMBERS, Lists, Look, Membership
from schemas.api.lists import AddMember, IsMember, MembersQuery
from schemas.api.users import UserObject
from schemas.events import Event, ListMemberAdded, ListMemberRemoved

endpoints = Endpoints()

Side = Callable[[Lists], Callable[[int, Look], Awaitable[list[Membership]]]]
"""Which users of a list to read."""


@endpoints.post("/2/lists/{id}/members", answers=IsMember)
async def add_member(request: web.Request, command: AddMember) -> web.Response:
    """Put somebody on a list of yours."""
    user, gateway = user_of(request), gateway_of(request)
    list_id = id_in_path(request, "id")
    member = id_of(command.user_id, "user_id")

    async def decide() -> Event:
        row = await own_list(gateway, user, list_id)
        if row.members >= MAX_MEMBERS:
            raise forbidden(f"list {list_id} has {MAX_MEMBERS} members, more than that it cannot")
        if not await gateway.accounts.by_ids([member]):
            raise not_found("user", member)
        if not await visible(gateway, user, [member]):
            raise forbidden(f"you cannot put user {member} on a list")
        return ListMemberAdded(**fact(request), list_id=list_id, member=member)

    published = await gateway.commands.publish(request, user, decide, repeatable=True)
    return written(IsMember(is_member=True), published.position)


@endpoints.delete("/2/lists/{id}/members/{user_id}", answers=IsMember)
async def remove_member(request: web.Request) -> web.Response:
    """Take somebody off a list of yours."""
    user, gateway = user_of(request), gateway_of(request)
    list_id, member = id_in_path(request, "id"), id_in_path(request, "user_id")

    async def decide() -> Event:
        await own_list(gateway, user, list_id)
        return ListMemberRemoved(**fact(request), list_id=list_id, member=member)

    published = await gateway.commands.publish(request, user, decide)
    return written(IsMember(is_member=False), published.position)


@endpoints.get("/2/lists/{id}/members", answers=list[UserObject])
async def members(request: web.Request, asked: MembersQuery) -> web.Response:
    """Who is on a list, the newest first."""
    return await _of_list(request, asked, lambda lists: lists.members)


@endpoints.get("/2/lists/{id}/followers", answers=list[UserObject])
async def list_followers(request: web.Request, asked: MembersQuery) -> web.Response:
    """Who follows a list, the newest follower first."""
    return await _of_list(request, asked, lambda lists: lists.followers)


async def _of_list(request: web.Request, asked: MembersQuery, side: Side) -> web.Response:
    gateway, list_id = gateway_of(request), id_in_path(request, "id")
    lists = gateway.readers.lists
    await reached(request, lists, gateway.readers.graph)
    await seen_list(gateway, user_of(request), list_id)
    return await users_through(request, asked, lambda look: side(lists)(list_id, look))
