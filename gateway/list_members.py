"""Who is on a list."""

from collections.abc import Sequence

from aiohttp import web

from gateway.answers import users_page, written
from gateway.endpoints import Endpoints
from gateway.facts import fact
from gateway.filling import filled_below
from gateway.lists import PAGE, list_for_writing, owned, seen_list
from gateway.parameters import id_in_path, id_of, place_of, wanted
from gateway.positions import reached
from gateway.problems import forbidden, not_found
from gateway.requests import user_of
from gateway.state import gateway_of
from gateway.visibility import visible
from projections.lists import MAX_MEMBERS, Membership
from schemas.api.lists import AddMember, IsMember, MembersQuery
from schemas.api.users import UserObject
from schemas.events import Event, ListMemberAdded, ListMemberRemoved

endpoints = Endpoints()


@endpoints.post("/2/lists/{id}/members", answers=IsMember)
async def add_member(request: web.Request, command: AddMember) -> web.Response:
    """Put somebody on a list of yours."""
    user, gateway = user_of(request), gateway_of(request)
    list_id = id_in_path(request, "id")
    member = id_of(command.user_id, "user_id")

    async def decide() -> Event:
        row = owned(await list_for_writing(gateway, list_id), user, list_id)
        if row.members >= MAX_MEMBERS:
            raise forbidden(f"list {list_id} has {MAX_MEMBERS} members, more than that it cannot")
        if not await gateway.accounts.by_ids([member]):
            raise not_found("user", member)
        if not await visible(gateway, user, [member]):
            raise forbidden(f"you cannot put user {member} on a list")
        return ListMemberAdded(**fact(request), list_id=list_id, member=member)

    published = await gateway.commands.publish(request, user, decide)
    return written(IsMember(is_member=True), published.position)


@endpoints.delete("/2/lists/{id}/members/{user_id}", answers=IsMember)
async def remove_member(request: web.Request) -> web.Response:
    """Take somebody off a list of yours."""
    user, gateway = user_of(request), gateway_of(request)
    list_id, member = id_in_path(request, "id"), id_in_path(request, "user_id")

    async def decide() -> Event:
        owned(await list_for_writing(gateway, list_id), user, list_id)
        return ListMemberRemoved(**fact(request), list_id=list_id, member=member)

    published = await gateway.commands.publish(request, user, decide)
    return written(IsMember(is_member=False), published.position)


@endpoints.get("/2/lists/{id}/members", answers=list[UserObject])
async def members(request: web.Request, asked: MembersQuery) -> web.Response:
    """Who is on a list, the newest first."""
    fields = wanted(asked)
    user, gateway = user_of(request), gateway_of(request)
    list_id = id_in_path(request, "id")
    lists = gateway.readers.lists
    await reached(request, lists, gateway.readers.graph)
    await seen_list(gateway, user, list_id)

    async def read(before: int, size: int) -> Sequence[Membership]:
        return await lists.members(list_id, before=before, limit=size)

    async def seen(found: Sequence[Membership]) -> Sequence[Membership]:
        users = await visible(gateway, user, [membership.id for membership in found])
        return [membership for membership in found if membership.id in users]

    before, limit = place_of(asked.pagination_token), asked.max_results or PAGE
    page, following = await filled_below(read, seen, lambda m: m.event_id, before, limit)
    return await users_page(request, [membership.id for membership in page], fields, following)
