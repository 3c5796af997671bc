"""What every event says, whoever decides it."""

import time
from typing import TypedDict

from aiohttp import web

from gateway.requests import request_id, user_of
from gateway.state import gateway_of


class Fact(TypedDict):
    """The fields of `schemas.events.Event`."""

    event_id: int
    at: int
    actor: int
    request_id: str


def fact(request: web.Request) -> Fact:
    """The fact that the user who asks does something now. Raises `LeaseExpired`."""
    return Fact(
        event_id=gateway_of(request).ids.next(),
        at=now_ms(),
        actor=user_of(request),
        request_id=request_id(request),
    )


def now_ms() -> int:
    """Milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000
