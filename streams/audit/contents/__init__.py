"""What each view holds in its store, read whole."""

from collections.abc import Awaitable, Callable

from projections.generations import Generations
from projections.stores import Stores
from streams.audit.contents import cache, collections, counters, search, tables, timelines
from streams.audit.values import Contents

CONTENTS: dict[str, Callable[[Stores, int], Awaitable[Contents]]] = {
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
    return await CONTENTS[view](stores, at[view])
