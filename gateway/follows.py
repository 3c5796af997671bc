"""Following, and who follows whom."""

from aiohttp import web

from gateway.answers import hidden_page, written
from gateway.endpoints import Endpoints
from gateway.facts import fact
from gateway.parameters import id_in_path, id_of
from gateway.positions import passed
from gateway.problems import forbidden
from gateway.relations import Side, other, relation_page
from gateway.requests import self_of
from gateway.state import gateway_of
from schemas.api.relations import Following, FollowsQuery, TargetUser
from schemas.api.users import UserObject
from schemas.events import Event, FollowerRemoved, FollowRequested, UserFollowed, UserUnfollowed

endpoints = Endpoints()


@endpoints.post("/2/users/{id}/following", answers=Following)
async def follow(request: web.Request, command: TargetUser) -> web.Response:
    """Follow somebody, or ask to, where the account is protected."""
    user = self_of(request, id_in_path(request, "id"))
    target = id_of(command.target_user_id, "target_user_id")
    gateway = gateway_of(request)
    graph = gateway.readers.graph

    async def decide() -> Event:
        followed = await other(gateway, user, target)
        await passed(await gateway.ends.now(), graph)  # a follow would outlast a block on its way
        if await graph.barred(user, [target], [], own=True):
            raise forbidden(f"you cannot follow user {target}: one of you has blocked the other")
        asked = FollowRequested if followed.protected else UserFollowed
        return asked(**fact(request), target=target)

    published = await gateway.commands.publish(request, user, decide, repeatable=True)
    following = isinstance(published.event, UserFollowed) or bool(
        await graph.edges([(user, target)])
    )
    return written(Following(following=following, pending_follow=not following), published.position)


@endpoints.delete("/2/users/{id}/following/{target}", answers=Following)
async def unfollow(request: web.Request) -> web.Response:
    """Follow somebody no more, or withdraw the request to."""
    user = self_of(request, id_in_path(request, "id"))
    target = id_in_path(request, "target")
    gateway = gateway_of(request)

    async def decide() -> Event:
        await other(gateway, user, target)
        return UserUnfollowed(**fact(request), target=target)

    published = await gateway.commands.publish(request, user, decide)
    return written(Following(following=False), published.position)


@endpoints.delete("/2/users/{id}/followers/{follower}", answers=Following)
async def remove_follower(request: web.Request) -> web.Response:
    """Be followed by somebody no more."""
    user = self_of(request, id_in_path(request, "id"))
    follower = id_in_path(request, "follower")
    gateway = gateway_of(request)

    async def decide() -> Event:
        await other(gateway, user, follower)
        return FollowerRemoved(**fact(request), follower=follower)

    published = await gateway.commands.publish(request, user, decide)
    return written(Following(following=False), published.position)


@endpoints.get("/2/users/{id}/followers", answers=list[UserObject])
async def followers(request: web.Request, asked: FollowsQuery) -> web.Response:
    """Who follows a user, the newest follower first."""
    return await _list(request, asked, lambda graph: graph.followers)


@endpoints.get("/2/users/{id}/following", answers=list[UserObject])
async def following(request: web.Request, asked: FollowsQuery) -> web.Response:
    """Whom a user follows, the newest follow first."""
    return await _list(request, asked, lambda graph: graph.following)


async def _list(request: web.Request, asked: FollowsQuery, side: Side) -> web.Response:
    user = id_in_path(request, "id")
    if hidden := await hidden_page(request, user):
        return hidden
    return await relation_page(request, asked, user, side)
