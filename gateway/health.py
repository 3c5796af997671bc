"""Is the gateway alive, and can it work."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from gateway.monitor import Readiness, livez
from gateway.open_paths import JSON, TEXT, OpenPath
from gateway.state import GATEWAY, Gateway
from projections.elasticsearch import TRANSIENT as ELASTICSEARCH
from projections.mongo import TRANSIENT as MONGO
from projections.postgres import TRANSIENT as POSTGRES
from projections.redis import TRANSIENT as REDIS

PROBE_SECONDS = 3.0
DISPENSABLE = {"elasticsearch"}


async def readyz(request: web.Request) -> web.Response:
    """Whether the gateway can work, and what is away."""
    return (await readiness(request.app[GATEWAY])).response()


open_paths = [
    OpenPath("/livez", livez, {200: (TEXT,)}),
    OpenPath("/readyz", readyz, {200: (JSON,), 503: (JSON,)}),
]


async def readiness(gateway: Gateway) -> Readiness:
    """Ready when reads and writes can be served; the states say what is missing.

    Without Elasticsearch only search is away, so that it is named but keeps nobody out; and so is
    what is `degraded`, the views that miss events which they could never apply: all gateways show
    the same, so keeping one out would help nobody. One that stops is not ready.
    """
    readers = gateway.readers
    probes: dict[str, Callable[[], Awaitable[object]]] = {
        "mongodb": readers.tweets.checkpoints,
        "redis": readers.timelines.checkpoints,
        "postgres": readers.graph.checkpoints,
        "elasticsearch": readers.search.checkpoints,
    }
    letters = [gateway.degraded.refresh()] if gateway.log.available else []
    _, found = await asyncio.gather(
        asyncio.gather(*letters), asyncio.gather(*(_works(probe) for probe in probes.values()))
    )
    states = {"kafka": gateway.log.available, **dict(zip(probes, found, strict=True))}
    needed = all(states[name] for name in states if name not in DISPENSABLE)
    ready = needed and not gateway.leaving
    shown = {"degraded": gateway.degraded.views, "stopping": gateway.leaving}
    return Readiness(ready, {**states, **shown})


async def _works(probe: Callable[[], Awaitable[object]]) -> bool:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await probe()
    except (*MONGO, *REDIS, *POSTGRES, *ELASTICSEARCH):
        return False
    return True
