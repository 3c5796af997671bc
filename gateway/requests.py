"""What handlers want to know of a request."""

import asyncio
import os

from aiohttp import web

from events.deadlines import Deadline
from gateway.problems import forbidden
from gateway.state import gateway_of

REQUEST_ID = web.RequestKey("request_id", str)
USER = web.RequestKey("user", int)
DEADLINE = web.RequestKey("deadline", Deadline)
"""When the request must be over; what takes its time moves it."""


def request_id(request: web.Request) -> str:
    """The client's `X-Request-ID` or one of ours; it goes into the event."""
    return request[REQUEST_ID]


async def authenticate(request: web.Request) -> None:
    """Finds out who asks. Raises a 401 `Problem`."""
    request[USER] = await gateway_of(request).tokens.user_of(request)


def user_of(request: web.Request) -> int:
    """The user who asks."""
    return request[USER]


def self_of(request: web.Request, path_user: int) -> int:
    """The user who asks, where the path may only name that user. Raises a 403 `Problem`."""
    user = user_of(request)
    if path_user != user:
        raise forbidden(f"the token is not of user {path_user}")
    return user


def allow(request: web.Request, seconds: float) -> None:
    """From now on the request may take so long, instead of what is left to it."""
    request[DEADLINE].due = asyncio.get_running_loop().time() + seconds


def address_of(request: web.Request) -> str:
    """Where the client reaches the gateway, without a slash at its end."""
    return os.environ.get("BIRDLOG_URL", "").rstrip("/") or str(request.url.origin())
