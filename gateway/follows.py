"""Following, and who follows whom."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from gateway.answers import users_page, withheld_page, written
from gateway.endpoints import Endpoints
from gateway.facts import fact
from gateway.parameters import id_in_path, id_of, place_of, token_after, wanted
from gateway.positions import reached
from gateway.problems import invalid, not_found
from gateway.requests import self_of, user_of
from gateway.state import gateway_of
from gateway.visibility import reachable
from projections.graph import Follow, Graph
from schemas.api import Following, FollowsQuery, FollowUser, UserObject
from schemas.events import Event, UserFollowed, UserUnfollowed

endpoints = Endpoints()

PAGE = 100


@endpoints.post("/2/users/{id}/following", answers=Following)
async def follow(request: web.Request, command: FollowUser) -> web.Response:
    """Follow somebody."""
    user = self_of(request, id_in_path(request, "id"))
    target = id_of(command.target_user_id, "target_user_id")
    gateway = gateway_of(request)

    async def decide() -> Event:
        if target == user:
            raise invalid("target_user_id: nobody can follow themselves")
        if not await gateway.accounts.by_ids([target]):
            raise not_found("user", target)
        return UserFollowed(**fact(request), target=target)

    published = await gateway.commands.publish(request, user, decide)
    return written(Following(following=True, pending_follow=False), published.position)


@endpoints.delete("/2/users/{id}/following/{target}", answers=Following)
async def unfollow(request: web.Request) -> web.Response:
    """Follow somebody no more."""
    user = self_of(request, id_in_path(request, "id"))
    target = id_in_path(request, "target")
    gateway = gateway_of(request)

    async def decide() -> Event:
        if not await gateway.accounts.by_ids([target]):
            raise not_found("user", target)
        return UserUnfollowed(**fact(request), target=target)

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


async def _list(
    request: web.Request,
    asked: FollowsQuery,
    side: Callable[[Graph], Callable[..., Awaitable[list[Follow]]]],
) -> web.Response:
    fields = wanted(asked)
    user = id_in_path(request, "id")
    gateway = gateway_of(request)
    await reached(request, gateway.readers.graph, gateway.readers.tweets)
    before = place_of(asked.pagination_token)
    limit = asked.max_results or PAGE
    follows = await side(gateway.readers.graph)(user, before=before, limit=limit + 1)
    page = follows[:limit]
    if not await gateway.accounts.by_ids([user]):
        raise not_found("user", user)
    if not await reachable(gateway, user_of(request), [user]):
        return withheld_page("user", "id", user)
    following = token_after(page[-1].event_id) if len(follows) > limit else None
    return await users_page(request, [follow.user_id for follow in page], fields, following)
