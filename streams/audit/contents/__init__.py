"""What each view holds in its store, read whole."""

from collections.abc import AsyncIterator, Callable

from projections.generations import Generations
from projections.stores import Stores
from streams.audit.contents import cache, collections, counters, search, tables, timelines
from streams.audit.values import Contents

CONTENTS: dict[str, Callable[[Stores, int], AsyncIterator[tuple[str, object]]]] = {
    "tweets": collections.tweets,
    "replies": collections.replies,
    "retweets": collections.retweets,
    "graph": tables.graph,
    "lists": tables.lists,
    "timelines": timelines.timelines,
    "cache": cache.cache,
    "search": search.search,
    "counters": counters.counters,
    "notices": tables.notices,
    "analytics": tables.analytics,
}


async def contents(view: str, stores: Stores, at: Generations) -> Contents:
    """What the view holds at its present generation. Raises the store's errors."""
    return {key: value async for key, value in entries(view, stores, at[view])}


def entries(view: str, stores: Stores, generation: int) -> AsyncIterator[tuple[str, object]]:
    """The same one by one, a key perhaps twice."""
    return CONTENTS[view](stores, generation)
