"""Writing the search index."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager

import msgspec

from events.positions import Partition
from projections.counters import Counters, Counts
from projections.counters.waiting import CountersBehind
from projections.elasticsearch import TRANSIENT, Elasticsearch, bulk
from projections.mongo import TRANSIENT as MONGO
from projections.search.indexes import TOPICS, Indexes
from projections.search.likes import Likes
from projections.search.lines import Lines, lines_of, made_again
from projections.search.operations import EXPECTED
from projections.search.protection import protect
from projections.search.whole import Whole, whole
from projections.view import NOTHING_DEFERRED, Batch, Digest, digest_over
from schemas.text import load as load_patterns
from schemas.topics import USERS

_row = msgspec.json.Encoder(order="deterministic").encode


class SearchView:
    name = "search"
    topics = TOPICS
    transient = (*TRANSIENT, *MONGO, CountersBehind)
    deferred = NOTHING_DEFERRED

    def __init__(self, client: Elasticsearch, generation: int, counters: Counters) -> None:
        self._indexes = Indexes(client, generation)
        self._likes = Likes(self._indexes, counters)
        self._working_out = asyncio.Lock()

    async def prepare(self) -> None:
        """Loads the patterns of text too, so that the first tweet need not wait for them."""
        await asyncio.to_thread(load_patterns)
        await self._indexes.create()

    async def apply(self, batch: Batch) -> None:
        indexes = self._indexes
        since = await indexes.checkpoints.begin(batch.partition, batch.start)
        if batch.partition.topic == USERS.name:
            await protect(indexes, batch)
        known = await self._likes.known(batch)
        lines = await self._lines(batch, known.counts)
        refused: set[str] = set()
        for request in lines.requests:
            refused |= await bulk(indexes.client, request, expected=EXPECTED)
        for request in made_again(indexes, lines.made, refused):
            await bulk(indexes.client, request, expected=EXPECTED)
        await self._likes.follow(batch, known, refused)
        await indexes.checkpoints.advance(batch.partition, batch.start, batch.next_offset, since)

    async def checkpoints(self) -> dict[Partition, int]:
        await self._indexes.require()
        return await self._indexes.checkpoints.all()

    def whole(self) -> AbstractAsyncContextManager[Whole]:
        return whole(self._indexes)

    async def digest(self) -> Digest:
        async with self.whole() as found:
            return await digest_of_whole(found)

    async def drop(self) -> None:
        await self._indexes.drop()

    async def close(self) -> None:
        pass

    async def _lines(self, batch: Batch, known: Mapping[int, Counts]) -> Lines:
        """One batch after the other, so that the first is sent while the next is worked out."""
        async with self._working_out:
            return await asyncio.to_thread(lines_of, self._indexes, batch.events, known)


async def digest_of_whole(found: Whole) -> Digest:
    return await digest_over(_rows(found))


async def _rows(found: Whole) -> AsyncIterator[bytes]:
    for hits in (found.tweets(), found.users()):
        async for hit in hits:
            yield _row([hit["_id"], {**hit["_source"], "likes_as_of": 0}])
    for said in found.protected:
        yield _row(["protected", said])
