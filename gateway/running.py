"""A gateway that serves until it is told to stop, and then drops no request."""

import asyncio

from aiohttp import web

from gateway.door import doors
from gateway.health import HEALTH
from gateway.listening import listening
from gateway.modules import ENDPOINTS
from gateway.monitor import monitor
from gateway.state import GATEWAY

NOTICE_SECONDS = 2.0
"""So long whoever spreads the requests has to see that `/readyz` is 503."""

DRAIN_SECONDS = 5.0
IDLE_SECONDS = 75.0

MAX_LINE_BYTES = 32_768
"""Of a request's first line: 1,000 ids with `%2C` between them, or a query of 1,024 characters that
are twelve bytes each as they are sent."""


async def serve(app: web.Application, host: str, port: int, stop: asyncio.Event) -> None:
    """Serves until `stop` is set, and on for `NOTICE_SECONDS`, not ready and closing connections.

    Requests that are open by then have `DRAIN_SECONDS`.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=IDLE_SECONDS,
        shutdown_timeout=DRAIN_SECONDS,
        max_line_size=MAX_LINE_BYTES,
    )
    await runner.setup()
    assert runner.server is not None, "the runner is set up"
    try:
        gateway = app[GATEWAY]
        opened = doors(runner.server, gateway.admissions, ENDPOINTS)
        async with monitor(app[HEALTH].readiness), listening(opened, host, port):
            await stop.wait()
            gateway.leaving = True
            await asyncio.sleep(NOTICE_SECONDS)
    finally:
        await runner.cleanup()
