"""Is the gateway alive, and can it work."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

from gateway.monitor import Readiness, livez
from gateway.open_paths import JSON, TEXT, OpenPath
from gateway.state import Gateway
from projections.elasticsearch import TRANSIENT as ELASTICSEARCH
from projections.mongo import TRANSIENT as MONGO
from projections.postgres import TRANSIENT as POSTGRES
from projections.redis import TRANSIENT as REDIS

PROBE_SECONDS = 3.0
SHARED_SECONDS = 1.0
DISPENSABLE = {"elasticsearch"}


class Health:
    """Of one gateway. Anybody may ask, as often as they like: the stores are asked once for all who
    come meanwhile, and for `SHARED_SECONDS` after that."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._looking = asyncio.Lock()
        self._seen: Mapping[str, bool] = {}
        self._look_again = 0.0

    async def readiness(self) -> Readiness:
        """Ready when reads and writes can be served; the states say what is missing.

        Without Elasticsearch only search is away, so that it is named but keeps nobody out; and so
        is what is `degraded`, the views that miss events which they could never apply: all gateways
        show the same, so keeping one out would help nobody. One that stops is not ready.
        """
        gateway = self._gateway
        states = {"kafka": gateway.log.available, **await self._stores()}
        needed = all(states[name] for name in states if name not in DISPENSABLE)
        shown = {"degraded": gateway.degraded.views, "stopping": gateway.leaving}
        return Readiness(needed and not gateway.leaving, {**states, **shown})

    async def _stores(self) -> Mapping[str, bool]:
        async with self._looking:
            if time.monotonic() >= self._look_again:
                self._seen = await self._look()
                self._look_again = time.monotonic() + SHARED_SECONDS
            return self._seen

    async def _look(self) -> Mapping[str, bool]:
        """Which stores answer. What is degraded is looked at beside."""
        gateway = self._gateway
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
        return dict(zip(probes, found, strict=True))


async def _works(probe: Callable[[], Awaitable[object]]) -> bool:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await probe()
    except (*MONGO, *REDIS, *POSTGRES, *ELASTICSEARCH):
        return False
    return True


HEALTH = web.AppKey("health", Health)


async def readyz(request: web.Request) -> web.Response:
    """Whether the gateway can work, and what is away."""
    return (await request.app[HEALTH].readiness()).response()


open_paths = [
    OpenPath("/livez", livez, {200: (TEXT,)}),
    OpenPath("/readyz", readyz, {200: (JSON,), 503: (JSON,)}),
]
