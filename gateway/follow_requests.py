"""Asking to follow a protected account, and being asked."""

from aiohttp import web

from gateway.answers import written
from gateway.endpoints import Endpoints
from gateway.facts import fact
from gateway.parameters import id_in_path
from gateway.problems import not_found
from gateway.relations import relation_page
from gateway.requests import self_of
from gateway.state import gateway_of
from schemas.api.relations import FollowsQuery, RequestAnswered
from schemas.api.users import UserObject
from schemas.events import Event, FollowRequestAnswered

endpoints = Endpoints()


@endpoints.get("/2/users/{id}/follow_requests", answers=list[UserObject])
async def follow_requests(request: web.Request, asked: FollowsQuery) -> web.Response:
    """Who asks to follow you, the newest request first."""
    user = self_of(request, id_in_path(request, "id"))
    return await relation_page(request, asked, user, lambda graph: graph.requests_to)


@endpoints.get("/2/users/{id}/follow_requests/sent", answers=list[UserObject])
async def sent_follow_requests(request: web.Request, asked: FollowsQuery) -> web.Response:
    """Whom you ask to follow, the newest request first."""
    user = self_of(request, id_in_path(request, "id"))
    return await relation_page(request, asked, user, lambda graph: graph.requests_of)


@endpoints.post("/2/users/{id}/follow_requests/{requester}/accept", answers=RequestAnswered)
async def accept_follow_request(request: web.Request) -> web.Response:
    """Let somebody follow you."""
    return await _answer(request, accepted=True)


@endpoints.post("/2/users/{id}/follow_requests/{requester}/decline", answers=RequestAnswered)
async def decline_follow_request(request: web.Request) -> web.Response:
    """Do not let somebody follow you."""
    return await _answer(request, accepted=False)


async def _answer(request: web.Request, *, accepted: bool) -> web.Response:
    user = self_of(request, id_in_path(request, "id"))
    requester = id_in_path(request, "requester")
    gateway = gateway_of(request)

    async def decide() -> Event:
        between = await gateway.readers.graph.connections(user, [requester])
        if "follow_request_received" not in between.get(requester, ()):
            raise not_found("follow request of user", requester)
        return FollowRequestAnswered(**fact(request), follower=requester, accepted=accepted)

    published = await gateway.commands.publish(request, user, decide)
    return written(RequestAnswered(accepted=accepted), published.position)
