"""A gateway that serves until it is told to stop, and then drops no request."""

import asyncio
from itertools import chain

from aiohttp import web

from gateway.door import doors
from gateway.health import readiness
from gateway.modules import MODULES
from gateway.monitor import monitor
from gateway.state import GATEWAY

NOTICE_SECONDS = 2.0
"""So long whoever spreads the requests has to see that `/readyz` is 503."""

DRAIN_SECONDS = 5.0
IDLE_SECONDS = 75.0

BACKLOG = 1_024
"""Connections that may wait to be taken: one more is tried again by its client after a second."""


async def serve(app: web.Application, host: str, port: int, stop: asyncio.Event) -> None:
    """Serves until `stop` is set, and on for `NOTICE_SECONDS`, not ready and closing connections.

    Requests that are open by then have `DRAIN_SECONDS`.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=IDLE_SECONDS,
        shutdown_timeout=DRAIN_SECONDS,
    )
    await runner.setup()
    assert runner.server is not None, "the runner is set up"
    try:
        gateway = app[GATEWAY]
        endpoints = chain.from_iterable(module.endpoints for module in MODULES)
        opened = doors(runner.server, gateway.admissions, endpoints)
        loop = asyncio.get_running_loop()
        async with monitor(lambda: readiness(gateway)):
            listener = await loop.create_server(opened, host, port, backlog=BACKLOG)
            try:
                await stop.wait()
                gateway.leaving = True
                await asyncio.sleep(NOTICE_SECONDS)
            finally:
                listener.close()
    finally:
        await runner.cleanup()
