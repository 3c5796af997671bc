"""Going through the keys of a view in Redis."""

from collections.abc import AsyncIterator
from typing import cast

from projections.redis import Redis

KEYS_AT_ONCE = 1_000


async def names(redis: Redis, prefix: str) -> AsyncIterator[str]:
    """The keys that begin so, each at least once."""
    async for key in redis.scan_iter(match=f"{prefix}*", count=KEYS_AT_ONCE):
        yield key.decode()


async def strings(redis: Redis, prefix: str) -> AsyncIterator[tuple[str, bytes]]:
    """Keys without the prefix, and their values; what has expired meanwhile is left out."""
    async for key in redis.scan_iter(match=f"{prefix}*", count=KEYS_AT_ONCE, _type="string"):
        value = cast("bytes | None", await redis.get(key))
        if value is not None:
            yield key.decode().removeprefix(prefix), value
