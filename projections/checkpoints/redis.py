"""Checkpoints in Redis."""

from typing import NamedTuple, cast

from events.clock import now_us
from events.positions import Partition
from projections.redis import Argument, Redis, Script
from projections.view import CheckpointBehind

_SINCE = "since "

_HELD = """
-- Since when a partition is held, and by which server: one that was started again, or took over,
-- may lack what was written last, and stand where it stood before.
local function held(since)
  local server = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
  return (redis.call('HGET', KEYS[1], since) or '') .. ' ' .. server
end
"""
BEGIN = Script(
    _HELD
    + """
-- KEYS: checkpoints. ARGV: partition, start, field of since when it is held, time in us. Answers
-- where it stands, -1 for nowhere, and since when it is held.
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if not stored and tonumber(ARGV[2]) == 0 then
  redis.call('HSET', KEYS[1], ARGV[1], '0', ARGV[3], ARGV[4])
  stored = '0'
end
return {tonumber(stored or '-1'), held(ARGV[3])}
"""
)
ADVANCE = Script(
    _HELD
    + """
-- KEYS: checkpoints. ARGV: partition, start, next offset, field of since when it is held, and what
-- that was when the batch began. Answers -1, or where it stands and is not moved from.
local stored = tonumber(redis.call('HGET', KEYS[1], ARGV[1]))
if not stored then return 0 end
if stored < tonumber(ARGV[2]) then return stored end
if held(ARGV[4]) ~= ARGV[5] then return stored end
if stored < tonumber(ARGV[3]) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return -1
"""
)

ADD_IF_HELD = Script(
    _HELD
    + """
-- KEYS: checkpoints, a set. ARGV: a member, field of since when a partition is held, and what that
-- was.
if held(ARGV[2]) == ARGV[3] then redis.call('SADD', KEYS[2], ARGV[1]) end
return 1
"""
)


class Standing(NamedTuple):
    """A checkpoint, and since when the store has held its partition without a loss, and where."""

    next_offset: int
    since: bytes


class Checkpoints:
    """A view's checkpoints in one hash, from partition to offset, and since when each is held."""

    def __init__(self, redis: Redis, key: str) -> None:
        self._redis = redis
        self._key = key

    async def all(self) -> dict[Partition, int]:
        stored = cast("dict[bytes, bytes]", await self._redis.hgetall(self._key))
        return {
            Partition.parse(field.decode()): int(value)
            for field, value in stored.items()
            if not field.startswith(_SINCE.encode())
        }

    async def begin(self, partition: Partition, start: int) -> Standing:
        """To be called before a batch is written: a store that is wiped meanwhile is seen then.

        Without it, one that has never held anything and one that has just lost it look the same.
        Raises `CheckpointBehind`.
        """
        now = now_us()
        arguments: list[Argument] = [str(partition), start, f"{_SINCE}{partition}", now]
        stored, since = await BEGIN(self._redis, [self._key], arguments)
        if stored < start:
            raise CheckpointBehind(partition, max(stored, 0))
        return Standing(stored, since)

    async def advance(
        self, partition: Partition, start: int, next_offset: int, since: bytes
    ) -> None:
        """Moves on to `next_offset`, never back. Raises `CheckpointBehind`."""
        stored = await ADVANCE(
            self._redis,
            [self._key],
            [str(partition), start, next_offset, f"{_SINCE}{partition}", since],
        )
        if stored >= 0:
            raise CheckpointBehind(partition, stored)

    async def add_if_held(self, key: str, member: int, partition: Partition, since: bytes) -> None:
        """Adds to the set at `key`, but not where what was written since then may be lost."""
        arguments: list[Argument] = [member, f"{_SINCE}{partition}", since]
        await ADD_IF_HELD(self._redis, [self._key, key], arguments)
