"""Writes that cannot be done now."""

import time
from collections.abc import Awaitable, Callable

from tests.gateway.problems import assert_problem
from tests.person import Reply

AT_MOST_SECONDS = 5.0
AT_ONCE_SECONDS = 1.0


async def refused(call: Callable[[], Awaitable[Reply]]) -> float:
    """How long the gateway took to answer 503."""
    began = time.monotonic()
    reply = await call()
    assert_problem(reply, 503)
    assert int(reply.headers["Retry-After"]) >= 1
    return time.monotonic() - began
