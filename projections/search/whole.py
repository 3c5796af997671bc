"""Reading an index whole."""

from collections.abc import AsyncIterator

from projections.elasticsearch import (
    Document,
    Elasticsearch,
    close_point_in_time,
    open_point_in_time,
    refresh,
    search,
)

PAGE = 1_000
_KEEP_OPEN = "1m"


async def hits(client: Elasticsearch, index: str) -> AsyncIterator[Document]:
    """All documents as hits, with everything that was written before."""
    await refresh(client, index)
    opened = await open_point_in_time(client, index, _KEEP_OPEN)
    body: Document = {
        "size": PAGE,
        "pit": {"id": opened, "keep_alive": _KEEP_OPEN},
        "sort": ["_shard_doc"],
        "track_total_hits": False,
    }
    try:
        while page := (await search(client, None, body))["hits"]["hits"]:
            for hit in page:
                yield hit
            body["search_after"] = page[-1]["sort"]
    finally:
        await close_point_in_time(client, opened)
