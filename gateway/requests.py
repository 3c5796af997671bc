"""What handlers want to know of a request."""

from aiohttp import web

from gateway.problems import forbidden
from gateway.state import gateway_of

REQUEST_ID = web.RequestKey("request_id", str)


def request_id(request: web.Request) -> str:
    """The client's `X-Request-ID` or one of ours; it goes into the event."""
    return request[REQUEST_ID]


async def user_of(request: web.Request) -> int:
    """The user who asks. Raises a 401 `Problem`."""
    return await gateway_of(request).tokens.user_of(request)


async def self_of(request: web.Request, path_user: int) -> int:
    """The user who asks, where the path may only name that user. Raises a 403 `Problem`."""
    user = await user_of(request)
    if path_user != user:
        raise forbidden(f"the token is not of user {path_user}")
    return user
