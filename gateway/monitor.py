"""A door of its own for those who run birdlog: each process's metrics and health."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from msgspec import Struct, json
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from schemas.servers import port_of

VARIABLE = "BIRDLOG_MONITOR"
"""HOST:PORT in the environment; without it there is no such door."""


class Readiness(Struct, frozen=True):
    """Whether the process can do its work, and the reasons, as they are shown."""

    ready: bool
    states: dict[str, Any]

    def response(self) -> web.Response:
        return web.Response(
            body=json.encode(self.states),
            status=200 if self.ready else 503,
            content_type="application/json",
        )


Ready = Callable[[], Awaitable[Readiness]]


@asynccontextmanager
async def monitor(ready: Ready) -> AsyncIterator[None]:
    """Serves `/metrics`, `/livez` and `/readyz` within the block, if it is told where.

    Raises as `place_of_monitor` does.
    """
    place = place_of_monitor()
    if place is None:
        yield
        return
    runner = web.AppRunner(_app(ready), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, *place).start()
        yield
    finally:
        await runner.cleanup()


def place_of_monitor(environment: Mapping[str, str] = os.environ) -> tuple[str, int] | None:
    """Host and port, if the environment names any. Raises `ServerMissing` when they are none."""
    address = environment.get(VARIABLE)
    if not address:
        return None
    host, _, port = address.rpartition(":")
    return host, port_of(VARIABLE, port)


def _app(ready: Ready) -> web.Application:
    async def readyz(_: web.Request) -> web.Response:
        return (await ready()).response()

    app = web.Application()
    app.add_routes(
        [web.get("/metrics", _metrics), web.get("/livez", livez), web.get("/readyz", readyz)]
    )
    return app


async def livez(_: web.Request) -> web.Response:
    """Whether the process answers."""
    return web.Response(text="ok")


async def _metrics(_: web.Request) -> web.Response:
    """In a thread: some thousands of lines take longer than a request."""
    body = await asyncio.to_thread(generate_latest)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
