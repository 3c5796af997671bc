"""What the search index holds."""

from collections.abc import AsyncIterator

from projections.search.indexes import Indexes
from projections.search.protection import remembered
from projections.search.whole import hits
from projections.stores import Stores


async def search(stores: Stores, generation: int) -> AsyncIterator[tuple[str, object]]:
    """Without `likes_as_of`, which depends on when the likes were copied."""
    indexes = Indexes(stores.search, generation)
    for kind, index in (("tweet", indexes.tweets), ("user", indexes.users)):
        async for hit in hits(indexes.client, index):
            row = hit["_source"]
            row.pop("likes_as_of", None)
            yield f"{kind} {hit['_id']}", row
    async for said in remembered(indexes):
        yield f"protected {said.user}", {"protected": said.protected, "offset": said.offset}
