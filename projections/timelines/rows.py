"""What of the timelines the log determines: authors' timelines, and whom somebody has silenced.

The home timelines follow from these and the graph, and are there only where somebody reads.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

from projections.redis import Redis, keys_matching
from projections.timelines.entries import is_mark
from projections.timelines.keys import Keys

KEYS_AT_ONCE = 100


async def rows(redis: Redis, keys: Keys, cap: int) -> AsyncIterator[bytes]:
    """One for each of an author's newest `cap` entries, and for each field of who is silenced.

    Only names of keys are kept in memory.
    """
    async for some in _some(redis, keys.author_pattern):
        lists = await asyncio.gather(*(redis.lrange(key, 0, cap - 1) for key in some))
        for key, entries in zip(some, cast("list[list[bytes]]", lists), strict=True):
            for entry in entries:
                if not is_mark(entry):
                    yield _user(key) + entry
    async for some in _some(redis, keys.silenced_pattern):
        hashes = await asyncio.gather(*(redis.hgetall(key) for key in some))
        for key, states in zip(some, cast("list[dict[bytes, bytes]]", hashes), strict=True):
            for who, state in states.items():
                yield b"silenced for %b: %b %b" % (_user(key), who, state)


async def _some(redis: Redis, pattern: str) -> AsyncIterator[list[str]]:
    names = [key.decode() for key in await keys_matching(redis, pattern)]
    for start in range(0, len(names), KEYS_AT_ONCE):
        yield names[start : start + KEYS_AT_ONCE]


def _user(key: str) -> bytes:
    return key.rpartition(":")[2].encode()
