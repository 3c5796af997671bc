"""What the counters hold in MongoDB, and tell in Redis."""

from collections.abc import AsyncIterator
from typing import Any

from msgspec.structs import asdict

from projections.counters.collections import STAMPS, Collections
from projections.counters.flags import HEAD, KINDS, RECORD
from projections.counters.totals import parse
from projections.redis import Redis
from projections.stores import Stores
from streams.audit.contents.collections import documents
from streams.audit.contents.keys import strings
from streams.audit.folds.viewers import Viewed

_LOADED = b"L"


async def counters(stores: Stores, generation: int) -> AsyncIterator[tuple[str, object]]:
    """Counts without the offsets as of which they hold, which the folds do not add up."""
    collections = Collections(stores.mongo, generation)
    async for name, row in documents(collections.marks):
        yield f"mark {name}", _undated(row)
    async for name, row in documents(collections.posts):
        yield f"post {name}", _undated(row)
    async for name, row in documents(collections.counts):
        counts = {
            partition: {
                counter: count for counter, count in register.items() if counter not in STAMPS
            }
            for partition, register in row.pop("c", {}).items()
        }
        yield f"counts {name}", row | {p: counted for p, counted in counts.items() if counted}
    async for key, told in _told(stores.redis, generation):
        yield key, told


def _undated(row: dict[str, Any]) -> dict[str, Any]:
    """Without the time since when the store has held it, which no fold knows."""
    return {name: value for name, value in row.items() if name != "s"}


async def _told(redis: Redis, generation: int) -> AsyncIterator[tuple[str, object]]:
    """Totals and marks; places that are opened and not filled yet tell nothing."""
    prefix = f"counters.g{generation}:"
    async for key, value in strings(redis, prefix):
        if key.startswith("viewer:"):
            if value[:1] == _LOADED:
                yield f"viewer {key.removeprefix('viewer:')}", _viewed(value)
        elif (counts := parse(value)) is not None:
            told = asdict(counts)
            del told["as_of"]
            yield f"total {key}", {name: count for name, count in told.items() if count}


def _viewed(value: bytes) -> Viewed:
    done = set()
    for at in range(HEAD, len(value), RECORD):
        record = value[at : at + RECORD]
        if code := record[-1]:
            done.add((int.from_bytes(record[:8]), KINDS[code - 1]))
    return Viewed(int.from_bytes(value[1:HEAD]), frozenset(done))
