"""Reading the indexes whole, as they stand at one moment."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

from events.tasks import cancel_all
from projections.elasticsearch import (
    TRANSIENT,
    Document,
    Elasticsearch,
    close_point_in_time,
    open_point_in_time,
    refresh,
    search,
)
from projections.search.indexes import Indexes
from projections.search.protection import Said, remembered

logger = logging.getLogger(__name__)

PAGE = 1_000
RENEW_SECONDS = 60.0
_KEEP_OPEN = "5m"
"""It is renewed: another index, or generation, may be read whole before the first page."""


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
    renewing = asyncio.create_task(_renew(client, opened))
    try:
        yield opened
    finally:
        await cancel_all([renewing])
        await close_point_in_time(client, opened)


async def _renew(client: Elasticsearch, opened: str) -> None:
    """Where that fails, so does the next page, which says why."""
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            await search(client, None, {"size": 0, **_at(opened)})
        except TRANSIENT as error:
            logger.warning("a point in time was not renewed: %r", error)


def _at(opened: str) -> Document:
    return {"pit": {"id": opened, "keep_alive": _KEEP_OPEN}, "track_total_hits": False}


async def _hits(client: Elasticsearch, opened: str) -> AsyncIterator[Document]:
    body: Document = {"size": PAGE, "sort": ["_shard_doc"], **_at(opened)}
    while page := (await search(client, None, body))["hits"]["hits"]:
        for hit in page:
            yield hit
        body["search_after"] = page[-1]["sort"]
