"""The totals that are read, in Redis: 8 bytes of `as_of`, then all counters in MessagePack.

An empty value is a place that a reader has opened and is about to fill. Only such places and
values are written, so a total that nobody reads takes no memory, and no write is missed: who
opens the place first and reads MongoDB second has it from one or from the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import msgspec

from projections.counters.counts import Counts
from projections.redis import Redis, Script, call_all

TTL_SECONDS = 3_600
OPEN_SECONDS = 60

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Counts).decode

PUT = Script("""
-- KEYS: total. ARGV: value, seconds to live. Only into a place that is there, over what is older.
local now = redis.call('GET', KEYS[1])
if not now then return 0 end
if now ~= '' then
  local nh, nl = struct.unpack('>I4I4', now)
  local vh, vl = struct.unpack('>I4I4', ARGV[1])
  if nh > vh or (nh == vh and nl >= vl) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
""")


def value_of(counts: Counts) -> bytes:
    return counts.as_of.to_bytes(8) + _encode(counts)


def parse(value: bytes | None) -> Counts | None:
    """None, where the value does not say."""
    return _decode(value[8:]) if value else None


class Totals:
    def __init__(self, redis: Redis, generation: int) -> None:
        self._redis = redis
        self._generation = generation

    def keys(self, targets: Iterable[int]) -> list[str]:
        return [f"counters.g{self._generation}:{target}" for target in targets]

    async def get(self, targets: Sequence[int]) -> list[bytes | None]:
        if not targets:
            return []
        return cast("list[bytes | None]", await self._redis.mget(self.keys(targets)))

    async def open(self, targets: Iterable[int]) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for key in self.keys(targets):
                pipeline.set(key, b"", nx=True, ex=OPEN_SECONDS)
            await pipeline.execute()

    async def held(self, targets: Iterable[int]) -> list[int]:
        """Those of `targets` that have a place."""
        asked = list(targets)
        values = await self.get(asked)
        return [t for t, value in zip(asked, values, strict=True) if value is not None]

    async def put(self, totals: Mapping[int, Counts]) -> None:
        keys = self.keys(totals)
        await call_all(
            self._redis,
            [
                (PUT, [key], [value_of(counts), TTL_SECONDS])
                for key, counts in zip(keys, totals.values(), strict=True)
            ],
        )
