"""What the counters hold in MongoDB, and tell in Redis."""

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
from streams.audit.values import Contents

_LOADED = b"L"


async def counters(stores: Stores, generation: int) -> Contents:
    """Counts without the offsets as of which they hold, which the folds do not add up."""
    collections = Collections(stores.mongo, generation)
    found: dict[str, Any] = {}
    async for name, row in documents(collections.marks):
        found[f"mark {name}"] = _undated(row)
    async for name, row in documents(collections.posts):
        found[f"post {name}"] = _undated(row)
    async for name, row in documents(collections.counts):
        counts = {
            partition: {
                counter: count for counter, count in register.items() if counter not in STAMPS
            }
            for partition, register in row.pop("c", {}).items()
        }
        found[f"counts {name}"] = row | {p: counted for p, counted in counts.items() if counted}
    return found | await _told(stores.redis, generation)


def _undated(row: dict[str, Any]) -> dict[str, Any]:
    """Without the time since when the store has held it, which no fold knows."""
    return {name: value for name, value in row.items() if name != "s"}


async def _told(redis: Redis, generation: int) -> dict[str, Any]:
    """Totals and marks; places that are opened and not filled yet tell nothing."""
    prefix = f"counters.g{generation}:"
    found: dict[str, Any] = {}
    async for key, value in strings(redis, prefix):
        if key.startswith("viewer:"):
            if value[:1] == _LOADED:
                found[f"viewer {key.removeprefix('viewer:')}"] = _viewed(value)
        elif (counts := parse(value)) is not None:
            told = asdict(counts)
            del told["as_of"]
            found[f"total {key}"] = {name: count for name, count in told.items() if count}
    return found


def _viewed(value: bytes) -> Viewed:
    done = set()
    for at in range(HEAD, len(value), RECORD):
        record = value[at : at + RECORD]
        if code := record[-1]:
            done.add((int.from_bytes(record[:8]), KINDS[code - 1]))
    return Viewed(int.from_bytes(value[1:HEAD]), frozenset(done))
