"""Where the gateway is reached."""

import os

from aiohttp import web

from gateway.problems import invalid


def address_of(request: web.Request) -> str:
    """Where the client reaches the gateway, without a slash at its end.

    Raises a 400 `Problem` where `Host` names no address.
    """
    if said := os.environ.get("BIRDLOG_URL", "").rstrip("/"):
        return said
    try:
        return str(request.url.origin())
    except ValueError as error:
        raise invalid(f"Host: {request.host[:40]!r} is no address") from error
