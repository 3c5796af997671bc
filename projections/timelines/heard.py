"""Which follows the timelines have heard of.

Homes stand for as long as a month, while the graph may come back empty, or as it was some time ago,
and be filled again. Until then it knows fewer followers than homes show, and what is posted would
not reach them. So whoever is about to act on a follow says so here first, and whoever asks for
followers, or for whom somebody follows, makes sure that the graph has heard of as much.

Whatever the interleaving of a follow and a post: if the post did not hear of the follow, it was in
its author's list before the follow looked there.
"""

from collections.abc import Mapping
from typing import cast

from events.positions import Partition
from projections.redis import Redis, Script
from projections.timelines.keys import Keys

_HEAR = Script("""
-- KEYS: heard. ARGV: partition, offset.
if tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0') < tonumber(ARGV[2]) then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
return 1
""")


class Heard:
    """By partition of the graph's topic, an offset: all before it was heard of."""

    def __init__(self, redis: Redis, keys: Keys) -> None:
        self._redis = redis
        self._key = keys.heard

    async def all(self) -> Mapping[Partition, int]:
        found = cast("dict[bytes, bytes]", await self._redis.hgetall(self._key))
        return {Partition.parse(field.decode()): int(value) for field, value in found.items()}

    async def note(self, partition: Partition, next_offset: int) -> None:
        await _HEAR(self._redis, [self._key], [str(partition), next_offset])
