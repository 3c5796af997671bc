"""Blocking and muting."""

from collections.abc import Sequence

from aiohttp import web

from gateway.answers import written
from gateway.endpoints import Endpoints
from gateway.facts import fact
from gateway.parameters import id_in_path, id_of
from gateway.relations import other, publish_about, relation_page
from gateway.requests import self_of
from gateway.state import gateway_of
from schemas.api.relations import Blocking, FollowsQuery, Muting, TargetUser
from schemas.api.users import UserObject
from schemas.events import (
    Event,
    FollowerRemoved,
    UserBlocked,
    UserMuted,
    UserUnblocked,
    UserUnfollowed,
    UserUnmuted,
)

endpoints = Endpoints()


@endpoints.post("/2/users/{id}/blocking", answers=Blocking)
async def block(request: web.Request, command: TargetUser) -> web.Response:
    """Block somebody: neither of you follows or sees the other any more."""
    user = self_of(request, id_in_path(request, "id"))
    target = id_of(command.target_user_id, "target_user_id")
    gateway = gateway_of(request)

    async def decide() -> Sequence[Event]:
        await other(gateway, user, target)
        return (
            UserBlocked(**fact(request), target=target),
            UserUnfollowed(**fact(request), target=target),
            FollowerRemoved(**fact(request), follower=target),
        )

    published = await gateway.commands.publish_all(request, user, decide)
    return written(Blocking(blocking=True), *(event.position for event in published))


@endpoints.delete("/2/users/{id}/blocking/{target}", answers=Blocking)
async def unblock(request: web.Request) -> web.Response:
    """Block somebody no more."""
    target = id_in_path(request, "target")
    published = await publish_about(request, target, UserUnblocked)
    return written(Blocking(blocking=False), published.position)


@endpoints.get("/2/users/{id}/blocking", answers=list[UserObject])
async def blocking(request: web.Request, asked: FollowsQuery) -> web.Response:
    """Whom you have blocked, the newest block first."""
    user = self_of(request, id_in_path(request, "id"))
    return await relation_page(request, asked, user, lambda graph: graph.blocked)


@endpoints.post("/2/users/{id}/muting", answers=Muting)
async def mute(request: web.Request, command: TargetUser) -> web.Response:
    """Mute somebody, who is not told: nothing of theirs is in your home timeline."""
    target = id_of(command.target_user_id, "target_user_id")
    published = await publish_about(request, target, UserMuted)
    return written(Muting(muting=True), published.position)


@endpoints.delete("/2/users/{id}/muting/{target}", answers=Muting)
async def unmute(request: web.Request) -> web.Response:
    """Mute somebody no more."""
    target = id_in_path(request, "target")
    published = await publish_about(request, target, UserUnmuted)
    return written(Muting(muting=False), published.position)


@endpoints.get("/2/users/{id}/muting", answers=list[UserObject])
async def muting(request: web.Request, asked: FollowsQuery) -> web.Response:
    """Whom you have muted, the newest mute first."""
    user = self_of(request, id_in_path(request, "id"))
    return await relation_page(request, asked, user, lambda graph: graph.muted)
