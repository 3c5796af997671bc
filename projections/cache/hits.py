"""How often the cache can answer: counted in each process, and added up in Redis by the hour."""

import time
from typing import cast

from msgspec import Struct

from projections.redis import Redis
from schemas.metrics import CACHE_HITS, CACHE_MISSES

HOUR_SECONDS = 3_600
KEPT_HOURS = 2


class HitRate(Struct, frozen=True):
    """Tweets looked up in this hour and the last, and how many of them the cache had."""

    asked: int
    found: int

    @property
    def share(self) -> float:
        return self.found / self.asked if self.asked else 0.0


class Hits:
    def __init__(self, redis: Redis, generation: int) -> None:
        self._redis = redis
        self._generation = generation
        self._asked = 0
        self._found = 0

    def count(self, *, asked: int, found: int) -> None:
        self._asked += asked
        self._found += found
        CACHE_HITS.inc(found)
        CACHE_MISSES.inc(asked - found)

    async def settle(self) -> None:
        """Adds what was counted since the last time to what all processes counted."""
        asked, found = self._asked, self._found
        if not asked:
            return
        key = _key(self._generation, _hour())
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.hincrby(key, "asked", asked)
            pipeline.hincrby(key, "found", found)
            pipeline.expire(key, KEPT_HOURS * HOUR_SECONDS)
            await pipeline.execute()
        self._asked -= asked
        self._found -= found


async def hit_rate(redis: Redis, generation: int) -> HitRate:
    asked = found = 0
    for hour in (_hour() - 1, _hour()):
        counted = cast("dict[bytes, bytes]", await redis.hgetall(_key(generation, hour)))
        asked += int(counted.get(b"asked", 0))
        found += int(counted.get(b"found", 0))
    return HitRate(asked, found)


def _hour() -> int:
    return int(time.time()) // HOUR_SECONDS


def _key(generation: int, hour: int) -> str:
    return f"cache.g{generation}:looked-up:{hour}"
