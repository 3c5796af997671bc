"""What the search index holds."""

from collections.abc import AsyncIterator

from projections.search.indexes import Indexes
from projections.search.whole import Whole, whole
from projections.stores import Stores


async def search(stores: Stores, generation: int) -> AsyncIterator[tuple[str, object]]:
    async with whole(Indexes(stores.search, generation)) as found:
        async for entry in search_entries(found):
            yield entry


async def search_entries(found: Whole) -> AsyncIterator[tuple[str, object]]:
    """Without `likes_as_of`, which depends on when the likes were copied."""
    for kind, hits in (("tweet", found.tweets()), ("user", found.users())):
        async for hit in hits:
            row = hit["_source"]
            row.pop("likes_as_of", None)
            yield f"{kind} {hit['_id']}", row
    for said in found.protected:
        yield f"protected {said.user}", {"protected": said.protected, "offset": said.offset}
