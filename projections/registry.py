"""Every view, by name: what writes it and what reads it, at given generations."""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from events.positions import Partition
from projections.analytics import Analytics, AnalyticsView
from projections.cache import CacheView, TweetCache
from projections.counters import Counters, CountersView
from projections.generations import Generations
from projections.graph import Graph, GraphView
from projections.lists import Lists, ListsView
from projections.notices import Notices, NoticesView
from projections.replies import RepliesView, ReplyStore
from projections.retweets import RetweetStore, RetweetsView
from projections.search import SearchIndex, SearchView
from projections.stores import Stores
from projections.texts import Texts
from projections.timelines import Timelines, TimelinesView
from projections.tweets import TweetStore, TweetsView
from projections.view import View

VIEWS: dict[str, Callable[[Stores, Generations], View]] = {
    "tweets": lambda stores, at: TweetsView(stores.mongo, at["tweets"]),
    "replies": lambda stores, at: RepliesView(
        stores.mongo, at["replies"], Counters(stores.mongo, stores.redis, at["counters"])
    ),
    "retweets": lambda stores, at: RetweetsView(stores.mongo, at["retweets"]),
    "graph": lambda stores, at: GraphView(stores.postgres, at["graph"]),
    "lists": lambda stores, at: ListsView(stores.postgres, at["lists"]),
    "timelines": lambda stores, at: TimelinesView(
        stores.redis, at["timelines"], Graph(stores.postgres, at["graph"])
    ),
    "cache": lambda stores, at: CacheView(stores.redis, at["cache"]),
    "search": lambda stores, at: SearchView(
        stores.search, at["search"], Counters(stores.mongo, stores.redis, at["counters"])
    ),
    "counters": lambda stores, at: CountersView(stores.mongo, stores.redis, at["counters"]),
    "notices": lambda stores, at: NoticesView(stores.postgres, at["notices"]),
    "analytics": lambda stores, at: AnalyticsView(stores.postgres, at["analytics"]),
}


USES = {
    "timelines": ("timelines", "graph"),
    "replies": ("replies", "counters"),
    "search": ("search", "counters"),
}
"""The views whose generations a view depends on, where that is not just its own."""


def used_by(name: str) -> tuple[str, ...]:
    """The views whose generations a view depends on, itself first."""
    return USES.get(name, (name,))


def built_from(name: str) -> list[str]:
    """The other views that depend on a view's generation, and may hold what they took from it."""
    return [view for view in VIEWS if name in used_by(view)[1:]]


def affected(name: str, before: Generations, now: Generations) -> bool:
    """Whether a view must be opened anew because of a switch."""
    return any(before[used] != now[used] for used in used_by(name))


class Reader(Protocol):
    @property
    def topics(self) -> tuple[str, ...]: ...

    async def checkpoints(self) -> dict[Partition, int]: ...


class Readers(Struct, frozen=True):
    """Everything that can be read, all at the generations that are current."""

    tweets: TweetStore
    replies: ReplyStore
    texts: Texts
    retweets: RetweetStore
    cache: TweetCache
    counters: Counters
    graph: Graph
    lists: Lists
    timelines: Timelines
    notices: Notices
    analytics: Analytics
    search: SearchIndex

    @classmethod
    def at(cls, stores: Stores, generations: Generations) -> "Readers":
        tweets = TweetStore(stores.mongo, generations["tweets"])
        replies = ReplyStore(stores.mongo, generations["replies"])
        texts = Texts(tweets, replies)
        retweets = RetweetStore(stores.mongo, generations["retweets"])
        graph = Graph(stores.postgres, generations["graph"])
        return cls(
            tweets=tweets,
            replies=replies,
            texts=texts,
            retweets=retweets,
            cache=TweetCache(stores.redis, generations["cache"], texts, retweets),
            counters=Counters(stores.mongo, stores.redis, generations["counters"]),
            graph=graph,
            lists=Lists(stores.postgres, generations["lists"]),
            timelines=Timelines(stores.redis, generations["timelines"], graph),
            notices=Notices(stores.postgres, generations["notices"]),
            analytics=Analytics(stores.postgres, generations["analytics"]),
            search=SearchIndex(stores.search, generations["search"]),
        )
