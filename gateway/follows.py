"""Following, and who follows whom."""

import time
from collections.abc import Awaitable, Callable

from aiohttp import web
from msgspec import UNSET

from gateway.answers import answer, written
from gateway.parameters import body, id_in_path, id_of, place_of, query, token_after, wanted
from gateway.positions import reached
from gateway.problems import invalid, not_found
from gateway.render import user_objects
from gateway.requests import request_id, self_of, user_of
from gateway.state import gateway_of
from projections.graph import Follow, Graph
from schemas.api import Answer, FollowsQuery, FollowUser, Page
from schemas.events import Event, UserFollowed, UserUnfollowed

routes = web.RouteTableDef()

PAGE = 100


@routes.post("/2/users/{id}/following")
async def follow(request: web.Request) -> web.Response:
    user = await self_of(request, id_in_path(request, "id"))
    command = await body(request, FollowUser)
    target = id_of(command.target_user_id, "target_user_id")
    gateway = gateway_of(request)

    async def decide() -> Event:
        if target == user:
            raise invalid("target_user_id: nobody can follow themselves")
        if not await gateway.accounts.by_ids([target]):
            raise not_found("user", target)
        return UserFollowed(
            event_id=gateway.ids.next(),
            at=time.time_ns() // 1_000_000,
            actor=user,
            request_id=request_id(request),
            target=target,
        )

    published = await gateway.commands.publish(request, user, decide)
    return written({"following": True, "pending_follow": False}, published.position)


@routes.delete("/2/users/{id}/following/{target}")
async def unfollow(request: web.Request) -> web.Response:
    user = await self_of(request, id_in_path(request, "id"))
    target = id_in_path(request, "target")
    gateway = gateway_of(request)

    async def decide() -> Event:
        if not await gateway.accounts.by_ids([target]):
            raise not_found("user", target)
        return UserUnfollowed(
            event_id=gateway.ids.next(),
            at=time.time_ns() // 1_000_000,
            actor=user,
            request_id=request_id(request),
            target=target,
        )

    published = await gateway.commands.publish(request, user, decide)
    return written({"following": False}, published.position)


@routes.get("/2/users/{id}/followers")
async def followers(request: web.Request) -> web.Response:
    return await _list(request, lambda graph: graph.followers)


@routes.get("/2/users/{id}/following")
async def following(request: web.Request) -> web.Response:
    return await _list(request, lambda graph: graph.following)


async def _list(
    request: web.Request, side: Callable[[Graph], Callable[..., Awaitable[list[Follow]]]]
) -> web.Response:
    await user_of(request)
    parameters = query(request, FollowsQuery)
    fields = wanted(parameters)
    user = id_in_path(request, "id")
    gateway = gateway_of(request)
    await reached(request, gateway.readers.graph, gateway.readers.tweets)
    before = place_of(parameters.pagination_token)
    limit = parameters.max_results or PAGE
    follows = await side(gateway.readers.graph)(user, before=before, limit=limit + 1)
    page = follows[:limit]
    users = await gateway.accounts.by_ids({user, *(follow.user_id for follow in page)})
    if user not in users:
        raise not_found("user", user)
    shown = [users[follow.user_id] for follow in page if follow.user_id in users]
    return answer(
        Answer(
            data=await user_objects(gateway, shown, fields.user) or UNSET,
            meta=Page(
                result_count=len(shown),
                next_token=token_after(page[-1].event_id) if len(follows) > limit else None,
            ),
        )
    )
