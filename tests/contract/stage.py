"""What the trials of all views stand on."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from projections import elasticsearch, postgres
from projections.generations import Generations
from projections.redis import open_redis
from projections.registry import VIEWS
from projections.stores import Stores
from schemas.servers import Servers
from tests.contract.history import history
from tests.contract.script import Script
from tests.contract.story import Round
from tests.projections.memory_log import fresh_number

HOUR_MS = 3_600_000
BELOW = ("graph", "counters")
"""The views that others wait for."""


class Stage:
    """The servers, and the views that the one on trial waits for, which have got everything.

    `told` gives all that happens, at a time in milliseconds since the Unix epoch.
    """

    def __init__(
        self, servers: Servers, stores: Stores, told: Callable[[int], list[Round]] = history
    ) -> None:
        self.servers = servers
        self.stores = stores
        self._told = told
        self.partition = fresh_number()
        self.below = Generations({name: fresh_number() for name in BELOW})

    def script(self, *, late: bool = False) -> Script:
        away = -HOUR_MS if late else HOUR_MS
        return Script(self._told(int(time.time() * 1000) + away), self.partition)

    async def set(self) -> None:
        for name in self.below:
            view = VIEWS[name](self.stores, self.below)
            await view.prepare()
            for batch in self.script().of(view):
                await view.apply(batch)

    async def clear(self) -> None:
        for name in self.below:
            await VIEWS[name](self.stores, self.below).drop()

    @asynccontextmanager
    async def connections(self) -> AsyncIterator[Stores]:
        """Some that end with their process. MongoDB's belong to no event loop, and do not."""
        redis = open_redis(self.servers.redis)
        search = elasticsearch.connect(self.servers.elasticsearch)
        pool = await postgres.pool(self.servers.postgres, size=4, least=0)
        try:
            yield Stores(mongo=self.stores.mongo, redis=redis, postgres=pool, search=search)
        finally:
            pool.terminate()
            await search.close()
            await redis.aclose()
