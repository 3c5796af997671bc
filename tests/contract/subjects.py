"""The views under contract, and what of them is compared beside their digests."""

from collections.abc import Awaitable, Callable
from typing import cast

from msgspec import Struct
from msgspec.structs import astuple

from projections.counters import Counters
from projections.elasticsearch import documents
from projections.generations import Generations
from projections.graph import Graph
from projections.registry import VIEWS
from projections.search.indexes import PROTECTED, Indexes
from projections.stores import Stores
from projections.timelines import Timelines, TimelinesView
from projections.view import View
from tests.contract.history import NOBODY, USERS, history, shown_tweets

TWEETS = shown_tweets(history(0))

Look = Callable[[Stores, Generations], Awaitable[object]]


async def nothing(stores: Stores, at: Generations) -> None:
    """The digest covers all that the view holds."""


class Subject(Struct, frozen=True):
    """`shown` is what readers see and the digest does not cover. They look before each batch too,
    since some of it is only kept where somebody has looked.

    Of a `late` one, all that happens has happened an hour ago.
    """

    view: str
    open: Callable[[Stores, Generations], View]
    shown: Look = nothing
    late: bool = False


async def homes(stores: Stores, at: Generations) -> object:
    """Without deleted tweets and undone retweets, which whoever shows a home leaves out."""
    graph = Graph(stores.postgres, at["graph"])
    timelines = Timelines(stores.redis, at["timelines"], graph)
    written = {entry for user in USERS for entry in await timelines.author(user, limit=100)}
    found = {user: await timelines.home(user, limit=100) for user in (*USERS, NOBODY)}
    return {
        user: ([entry for entry in home.entries if entry in written], home.silenced)
        for user, home in found.items()
    }


async def cached(stores: Stores, at: Generations) -> object:
    prefix = f"cache.g{at['cache']}:"
    keys = [key async for key in stores.redis.scan_iter(match=f"{prefix}*", count=1_000)]
    names = [cast("bytes", key).decode().removeprefix(prefix) for key in keys]
    kept = [(name, key) for name, key in zip(names, keys, strict=True) if name != "checkpoints"]
    return {name: await stores.redis.get(key) for name, key in kept}


async def counts_and_flags(stores: Stores, at: Generations) -> object:
    """By way of Redis, and past it."""
    counters = Counters(stores.mongo, stores.redis, at["counters"])
    targets = [*TWEETS, *USERS]
    read, stored = await counters.of(targets), await counters.stored(targets)
    counts = [
        {target: astuple(found)[1:] for target, found in of_all.items()}
        for of_all in (read, stored)
    ]
    return counts, {user: await counters.flags(user, TWEETS) for user in USERS}


async def protected(stores: Stores, at: Generations) -> object:
    return await documents(stores.search, Indexes(stores.search, at["search"]).state, [PROTECTED])


_SHOWN: dict[str, Look] = {
    "timelines": homes,
    "cache": cached,
    "counters": counts_and_flags,
    "search": protected,
}


def _with_errands(stores: Stores, at: Generations) -> View:
    """Fans out to two followers in the background, and to three not at all."""
    graph = Graph(stores.postgres, at["graph"])
    return TimelinesView(stores.redis, at["timelines"], graph, at_once=1, celebrity=3)


SUBJECTS: dict[str, Subject] = {
    **{name: Subject(name, make, _SHOWN.get(name, nothing)) for name, make in VIEWS.items()},
    "timelines of a backlog": Subject("timelines", VIEWS["timelines"], homes, late=True),
    "timelines with errands": Subject("timelines", _with_errands, homes),
}
