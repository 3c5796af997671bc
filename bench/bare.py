"""The floor of a rebuild: what one generation of a view holds, written to another by nothing but
the store's own bulk call.

Each function reads all rows, checkpoints left out, and gives the writes, of `BATCH` rows each; the
tables or indexes of `to` must be there.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from projections.cache.values import TTL_SECONDS
from projections.postgres_view import schema_of
from projections.redis import keys_matching
from projections.search.indexes import Indexes
from projections.search.whole import whole
from projections.stores import Stores

BATCH = 1_000
WRITERS = 4

Write = Callable[[], Awaitable[object]]
Some = TypeVar("Some")


async def seconds_of(writes: Sequence[Write]) -> float:
    """How long `WRITERS` loops take for all of them."""

    async def loop(number: int) -> None:
        for write in writes[number::WRITERS]:
            await write()

    started = time.perf_counter()
    await asyncio.gather(*(loop(number) for number in range(WRITERS)))
    return time.perf_counter() - started


async def in_mongo(stores: Stores, view: str, held: int, to: int) -> list[Write]:
    writes: list[Write] = []
    source = f"{view}_g{held}"
    for name in sorted(await stores.mongo.list_collection_names()):
        part = name.removeprefix(source)
        if name == source or (name != part and part.startswith("_") and part != "_checkpoints"):
            documents = [document async for document in stores.mongo[name].find({})]
            target = stores.mongo[f"{view}_g{to}{part}"]
            writes += [
                partial(target.insert_many, batch, ordered=False) for batch in _batches(documents)
            ]
    return writes


async def in_postgres(stores: Stores, view: str, held: int, to: int) -> list[Write]:
    """By `COPY`, a transaction for each."""
    writes: list[Write] = []
    source, target = schema_of(view, held), schema_of(view, to)
    tables = await stores.postgres.fetch(
        "SELECT tablename FROM pg_tables WHERE schemaname = $1 AND tablename <> 'checkpoints'",
        source,
    )
    for (table,) in tables:
        rows = [tuple(row) for row in await stores.postgres.fetch(f"TABLE {source}.{table}")]
        writes += [
            partial(stores.postgres.copy_records_to_table, table, schema_name=target, records=batch)
            for batch in _batches(rows)
        ]
    return writes


async def in_redis(stores: Stores, view: str, held: int, to: int) -> list[Write]:
    """Strings that expire, as those of the cache do."""
    found = [
        key
        for key in await keys_matching(stores.redis, f"{view}.g{held}:*")
        if not key.endswith(b":checkpoints")
    ]
    rows: list[tuple[bytes, bytes | str]] = []
    for keys in _batches(found):
        renamed = [key.replace(f".g{held}:".encode(), f".g{to}:".encode(), 1) for key in keys]
        values = await stores.redis.mget(keys)
        rows += [(key, value) for key, value in zip(renamed, values, strict=True) if value]

    async def write(batch: Sequence[tuple[bytes, bytes | str]]) -> None:
        async with stores.redis.pipeline(transaction=False) as pipeline:
            for key, value in batch:
                pipeline.set(key, value, ex=TTL_SECONDS)
            await pipeline.execute()

    return [partial(write, batch) for batch in _batches(rows)]


async def in_elasticsearch(stores: Stores, view: str, held: int, to: int) -> list[Write]:
    """`view` is `search`, the only one there."""
    writes: list[Write] = []
    source, target = Indexes(stores.search, held), Indexes(stores.search, to)
    async with whole(source) as found:
        for hits, written in ((found.tweets(), target.tweets), (found.users(), target.users)):
            for batch in _batches([hit async for hit in hits]):
                lines = [
                    line
                    for hit in batch
                    for line in ({"index": {"_id": hit["_id"]}}, hit["_source"])
                ]
                writes.append(partial(stores.search.bulk, index=written, operations=lines))
    return writes


def _batches(rows: Sequence[Some]) -> Iterator[Sequence[Some]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))
