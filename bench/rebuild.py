"""Rebuilding the tweet store against bare bulk writes of the same documents."""

import asyncio
import time

from bench.row import Row, at_least
from projections.mongo import Document
from projections.stores import Stores
from projections.texts import Collections
from schemas.servers import Servers
from streams.rebuilding.building import rebuild

TARGET = 0.6
FLOOR_GENERATION = 1_000_000
BATCH = 1_000
WRITERS = 4
RUNS = 3


async def rebuild_tweets(stores: Stores, servers: Servers) -> Row:
    """The best of three, of both, in turns."""
    rates, floors = [], []
    for _ in range(RUNS):
        rebuilt = await rebuild(stores, servers.kafka, "tweets", lambda *_: None)
        rates.append(rebuilt.events_per_second)
        collection = stores.mongo[f"tweets_g{rebuilt.generation}"]
        documents = [document async for document in collection.find({})]
        floors.append(await _floor(stores, documents))
    return at_least("rebuild of tweets", "events/s", max(rates), max(floors), TARGET)


async def _floor(stores: Stores, documents: list[Document]) -> float:
    bare = Collections(stores.mongo, "tweets", FLOOR_GENERATION)
    await bare.create()
    batches = [documents[start : start + BATCH] for start in range(0, len(documents), BATCH)]

    async def write(number: int) -> None:
        for batch in batches[number::WRITERS]:
            await bare.texts.insert_many(batch, ordered=False)

    started = time.perf_counter()
    await asyncio.gather(*(write(number) for number in range(WRITERS)))
    elapsed = time.perf_counter() - started
    await bare.drop()
    return len(documents) / elapsed
