"""Writing the search index."""

import asyncio
from collections.abc import AsyncIterator, Mapping

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
from projections.search.protection import protect, remembered
from projections.search.whole import hits
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

    async def digest(self) -> Digest:
        return await digest_over(self._rows())

    async def drop(self) -> None:
        await self._indexes.drop()

    async def close(self) -> None:
        pass

    async def _rows(self) -> AsyncIterator[bytes]:
        indexes = self._indexes
        for index in (indexes.tweets, indexes.users):
            async for hit in hits(indexes.client, index):
                yield _row([hit["_id"], {**hit["_source"], "likes_as_of": 0}])
        async for said in remembered(indexes):
            yield _row(["protected", said])

    async def _lines(self, batch: Batch, known: Mapping[int, Counts]) -> Lines:
        """One batch after the other, so that the first is sent while the next is worked out."""
        async with self._working_out:
            return await asyncio.to_thread(lines_of, self._indexes, batch.events, known)
