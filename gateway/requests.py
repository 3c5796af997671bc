"""What handlers want to know of a request."""

import random
import time

from aiohttp import web
from multidict import istr

from events.deadlines import Deadline
from gateway.callers import Caller
from gateway.problems import forbidden
from gateway.state import gateway_of

REQUEST_ID_HEADER = istr("X-Request-ID")
REQUEST_ID_LENGTH = 128

REQUEST_ID = web.RequestKey("request_id", str)
CALLER = web.RequestKey("caller", Caller)
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


async def authenticate(request: web.Request) -> Caller:
    """Finds out who asks. Raises what `Tokens.caller_of` raises."""
    caller = await gateway_of(request).tokens.caller_of(request)
    request[CALLER] = caller
    return caller


def must_be_let(caller: Caller, needed: frozenset[str] | None) -> None:
    """Raises a 403 `Problem` for a program that its user has not let in for all that is needed;
    None is more than any program is let in for."""
    if caller.scopes is None:
        return
    if needed is None:
        raise forbidden("no scope is enough for this: it takes a token of the user's own")
    if missing := needed - caller.scopes:
        raise forbidden(f"this token lacks {', '.join(sorted(missing))}")


def user_of(request: web.Request) -> int:
    """The user who asks."""
    return request[CALLER].user_id


def scopes_of(request: web.Request) -> frozenset[str] | None:
    """Those of the `Caller`."""
    return request[CALLER].scopes


def self_of(request: web.Request, path_user: int) -> int:
    """The user who asks, where the path may only name that user. Raises a 403 `Problem`."""
    user = user_of(request)
    if path_user != user:
        raise forbidden(f"the token is not of user {path_user}")
    return user


def allow(request: web.Request, seconds: float) -> None:
    """From now on the request may take so long, instead of what is left to it."""
    request[DEADLINE].due = time.monotonic() + seconds
