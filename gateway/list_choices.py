"""Following lists, and pinning them."""

from aiohttp import web

from gateway.answers import written
from gateway.commands import Published
from gateway.endpoints import Endpoints
from gateway.facts import fact
from gateway.list_pages import PAGE
from gateway.lists import find_list
from gateway.parameters import id_in_path, id_of
from gateway.positions import passed
from gateway.problems import forbidden
from gateway.requests import self_of
from gateway.state import Gateway, gateway_of
from gateway.visibility import visible
from projections.lists import Look
from schemas.api.lists import ChooseList, FollowsList
from schemas.api.users import Pinned
from schemas.events import (
    Event,
    ListChosen,
    ListFollowed,
    ListPinned,
    ListUnfollowed,
    ListUnpinned,
)

endpoints = Endpoints()

MAX_PINNED = 5


@endpoints.post("/2/users/{id}/followed_lists", answers=FollowsList)
async def follow_list(request: web.Request, command: ChooseList) -> web.Response:
    """Follow a list."""
    user = self_of(request, id_in_path(request, "id"))
    gateway, list_id = gateway_of(request), id_of(command.list_id, "list_id")

    async def decide() -> Event:
        await _may_choose(gateway, user, list_id)
        return ListFollowed(**fact(request), list_id=list_id)

    published = await gateway.commands.publish(request, user, decide)
    return written(FollowsList(following=True), published.position)


@endpoints.delete("/2/users/{id}/followed_lists/{list_id}", answers=FollowsList)
async def unfollow_list(request: web.Request) -> web.Response:
    """Follow a list no more."""
    published = await _leave(request, ListUnfollowed)
    return written(FollowsList(following=False), published.position)


@endpoints.post("/2/users/{id}/pinned_lists", answers=Pinned)
async def pin_list(request: web.Request, command: ChooseList) -> web.Response:
    """Pin a list."""
    user = self_of(request, id_in_path(request, "id"))
    gateway, list_id = gateway_of(request), id_of(command.list_id, "list_id")

    async def decide() -> Event:
        await _may_choose(gateway, user, list_id)
        pinned = await _pinned(gateway, user)
        if list_id not in pinned and len(pinned) >= MAX_PINNED:
            raise forbidden(f"nobody can pin more than {MAX_PINNED} lists")
        return ListPinned(**fact(request), list_id=list_id)

    published = await gateway.commands.publish_in_turn(request, user, decide)
    return written(Pinned(pinned=True), published.position)


@endpoints.delete("/2/users/{id}/pinned_lists/{list_id}", answers=Pinned)
async def unpin_list(request: web.Request) -> web.Response:
    """Take a pin away from a list."""
    published = await _leave(request, ListUnpinned)
    return written(Pinned(pinned=False), published.position)


async def _may_choose(gateway: Gateway, user: int, list_id: int) -> None:
    """Raises a 404 `Problem` for a list that is not there for the user, and a 403 one where the
    user may not see its owner, or has blocked the owner."""
    row = await find_list(gateway, user, list_id)
    if not await visible(gateway, user, [row.owner]):
        raise forbidden(f"you cannot follow or pin list {list_id}")


async def _leave(request: web.Request, kind: type[ListChosen]) -> Published:
    """Whoever may see the owner no more may leave the list all the same."""
    user = self_of(request, id_in_path(request, "id"))
    gateway, list_id = gateway_of(request), id_in_path(request, "list_id")

    async def decide() -> Event:
        await find_list(gateway, user, list_id)
        return kind(**fact(request), list_id=list_id)

    return await gateway.commands.publish(request, user, decide)


async def _pinned(gateway: Gateway, user: int) -> set[int]:
    """The lists that the user has pinned and may see, with all that is on the log now."""
    lists = gateway.readers.lists
    await passed(await gateway.ends.now(), lists)
    pinned = await lists.chosen(user, "pin", Look(PAGE), viewer=user)
    rows = await lists.find([choice.id for choice in pinned])
    owners = await visible(gateway, user, {row.owner for row in rows.values()})
    return {list_id for list_id, row in rows.items() if row.owner in owners}
