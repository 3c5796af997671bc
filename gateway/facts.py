"""What every event says, whoever decides it."""

from typing import TypedDict

from aiohttp import web

from events.clock import now_ms
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
