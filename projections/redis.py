"""What the views in Redis share: the client, scripts, and checkpoints."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias, cast

from redis import asyncio as redis_asyncio
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from events.positions import Partition
from projections.view import CheckpointBehind

Redis: TypeAlias = redis_asyncio.Redis
Argument: TypeAlias = bytes | str | int
Call: TypeAlias = tuple["Script", Sequence[str], Sequence[Argument]]

TRANSIENT: tuple[type[Exception], ...] = (RedisError, OSError, TimeoutError)
COMMAND_SECONDS = 5.0
CONNECTIONS = 32


def open_redis(url: str) -> Redis:
    """A client whose every command is over in 5 s. Views retry by themselves, so it does not."""
    return redis_asyncio.Redis.from_pool(  # which makes the client close its pool
        BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS,
            timeout=COMMAND_SECONDS,
            socket_timeout=COMMAND_SECONDS,
            socket_connect_timeout=COMMAND_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
    )


class Script:
    """A Lua script, sent by its hash, and in full where the server does not know it."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.sha = ""

    async def load(self, redis: Redis) -> None:
        self.sha = await redis.script_load(self.source)

    async def __call__(
        self, redis: Redis, keys: Sequence[str], arguments: Sequence[Argument] = ()
    ) -> Any:
        if not self.sha:
            await self.load(redis)
        try:
            return await redis.evalsha(self.sha, len(keys), *keys, *arguments)
        except NoScriptError:
            await self.load(redis)
            return await redis.evalsha(self.sha, len(keys), *keys, *arguments)


async def call_all(redis: Redis, calls: Sequence[Call]) -> list[Any]:
    """Every call's answer, in one round trip. The scripts must stand being run twice."""
    if not calls:
        return []
    scripts = {script for script, _, _ in calls}
    for script in scripts:
        if not script.sha:
            await script.load(redis)
    try:
        return await _send(redis, calls)
    except NoScriptError:
        await asyncio.gather(*(script.load(redis) for script in scripts))
        return await _send(redis, calls)


async def _send(redis: Redis, calls: Iterable[Call]) -> list[Any]:
    async with redis.pipeline(transaction=False) as pipeline:
        for script, keys, arguments in calls:
            pipeline.evalsha(script.sha, len(keys), *keys, *arguments)
        return await pipeline.execute()


def order_of_ids(at: int) -> str:
    """Lua: `order(a, b)` is -1, 0 or 1 as the ids in bytes `at` to `at` + 7 of two strings compare.

    Lua's numbers are doubles, so an id is compared as two halves of 32 bits.
    """
    return f"""
local function order(a, b)
  local ah, al = struct.unpack('>I4I4', a, {at})
  local bh, bl = struct.unpack('>I4I4', b, {at})
  if ah ~= bh then return ah < bh and -1 or 1 end
  if al ~= bl then return al < bl and -1 or 1 end
  return 0
end
"""


ADVANCE = Script("""
local stored = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
if stored < tonumber(ARGV[2]) then return stored end
if stored < tonumber(ARGV[3]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return -1
""")


class Checkpoints:
    """A view's checkpoints in one hash, from partition to offset."""

    def __init__(self, redis: Redis, key: str) -> None:
        self._redis = redis
        self._key = key

    async def all(self) -> dict[Partition, int]:
        stored = cast("dict[bytes, bytes]", await self._redis.hgetall(self._key))
        return {Partition.parse(field.decode()): int(value) for field, value in stored.items()}

    async def of(self, partition: Partition) -> int:
        return int(await self._redis.hget(self._key, str(partition)) or 0)

    async def advance(self, partition: Partition, start: int, next_offset: int) -> None:
        """Moves on to `next_offset`, never back. Raises `CheckpointBehind`."""
        stored = await ADVANCE(self._redis, [self._key], [str(partition), start, next_offset])
        if stored >= 0:
            raise CheckpointBehind(partition, stored)


async def delete_matching(redis: Redis, pattern: str) -> None:
    """Unlinks every key that matches, a thousand at a time."""
    keys: list[bytes] = []
    async for key in redis.scan_iter(match=pattern, count=1_000):
        keys.append(key)
        if len(keys) == 1_000:
            await redis.unlink(*keys)
            keys.clear()
    if keys:
        await redis.unlink(*keys)
