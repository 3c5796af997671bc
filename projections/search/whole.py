"""Reading the indexes whole, as they stand at one moment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

from projections.elasticsearch import (
    Document,
    Elasticsearch,
    close_point_in_time,
    open_point_in_time,
    refresh,
    search,
)
from projections.search.indexes import Indexes
from projections.search.protection import Said, remembered

PAGE = 1_000
_KEEP_OPEN = "1h"
"""From page to page: another generation may be read whole in between."""


class Whole(Struct, frozen=True):
    """What the indexes held when it was opened."""

    client: Elasticsearch
    opened_tweets: str
    opened_users: str
    protected: list[Said]

    def tweets(self) -> AsyncIterator[Document]:
        """As hits."""
        return _hits(self.client, self.opened_tweets)

    def users(self) -> AsyncIterator[Document]:
        return _hits(self.client, self.opened_users)


@asynccontextmanager
async def whole(indexes: Indexes) -> AsyncIterator[Whole]:
    """With everything that was written before."""
    client = indexes.client
    async with _opened(client, indexes.tweets) as tweets, _opened(client, indexes.users) as users:
        yield Whole(client, tweets, users, [said async for said in remembered(indexes)])


@asynccontextmanager
async def _opened(client: Elasticsearch, index: str) -> AsyncIterator[str]:
    await refresh(client, index)
    opened = await open_point_in_time(client, index, _KEEP_OPEN)
    try:
        yield opened
    finally:
        await close_point_in_time(client, opened)


async def _hits(client: Elasticsearch, opened: str) -> AsyncIterator[Document]:
    body: Document = {
        "size": PAGE,
        "pit": {"id": opened, "keep_alive": _KEEP_OPEN},
        "sort": ["_shard_doc"],
        "track_total_hits": False,
    }
    while page := (await search(client, None, body))["hits"]["hits"]:
        for hit in page:
            yield hit
        body["search_after"] = page[-1]["sort"]
