"""What handlers want to know of a request."""

import random
import time

from aiohttp import web
from multidict import istr

from events.deadlines import Deadline
from gateway.problems import forbidden
from gateway.state import gateway_of

REQUEST_ID_HEADER = istr("X-Request-ID")
REQUEST_ID_LENGTH = 128

REQUEST_ID = web.RequestKey("request_id", str)
USER = web.RequestKey("user", int)
DEADLINE = web.RequestKey("deadline", Deadline)
"""When the request must be over; what takes its time moves it."""


def request_id(request: web.Request) -> str:
    """The client's `X-Request-ID` or one of ours; it goes into the event."""
    return request[REQUEST_ID]


def request_id_for(request: web.BaseRequest) -> str:
    """What the client gives; one of ours where that is too long or cannot be printed."""
    given = request.headers.get(REQUEST_ID_HEADER, "")
    usable = 0 < len(given) <= REQUEST_ID_LENGTH and given.isascii() and given.isprintable()
    return given if usable else f"{random.getrandbits(64):016x}"


async def authenticate(request: web.Request) -> None:
    """Finds out who asks. Raises what `Tokens.user_of` raises."""
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
    request[DEADLINE].due = time.monotonic() + seconds
