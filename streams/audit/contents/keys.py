"""Going through the keys of a view in Redis."""

from collections.abc import AsyncIterable, AsyncIterator
from typing import cast

from projections.redis import Redis

KEYS_AT_ONCE = 1_000


async def names(redis: Redis, prefix: str) -> AsyncIterator[str]:
    """The keys that begin so, each at least once."""
    async for key in redis.scan_iter(match=f"{prefix}*", count=KEYS_AT_ONCE):
        yield key.decode()


async def in_parts(keys: AsyncIterable[str], size: int) -> AsyncIterator[list[str]]:
    """The same keys, up to `size` of them together."""
    part: list[str] = []
    async for key in keys:
        part.append(key)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


async def strings(redis: Redis, prefix: str) -> AsyncIterator[tuple[str, bytes]]:
    """Keys without the prefix, and their values; what has expired meanwhile is left out."""
    async for key in redis.scan_iter(match=f"{prefix}*", count=KEYS_AT_ONCE, _type="string"):
        value = cast("bytes | None", await redis.get(key))
        if value is not None:
            yield key.decode().removeprefix(prefix), value
