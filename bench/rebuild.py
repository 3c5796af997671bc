"""Rebuilding each view against bare bulk writes of what it then holds, to the same store.

Both in events/s: the floor is the number of events over the time that the bare writes take.
"""

import time

from bench.bare import in_elasticsearch, in_mongo, in_postgres, in_redis, seconds_of
from bench.row import Row, at_least
from events.log import Log
from projections import generations
from projections.generations import Generations
from projections.registry import VIEWS
from projections.stores import Stores
from schemas.servers import Servers
from streams.dead_letters import DeadLetters, SetAside
from streams.rebuilding.building import fill, rebuild

TARGET = 0.7
BUILT, BARE = 900_000, 1_000_000
RUNS = 3

BARE_WRITES = {
    "tweets": in_mongo,
    "replies": in_mongo,
    "retweets": in_mongo,
    "graph": in_postgres,
    "lists": in_postgres,
    "notices": in_postgres,
    "analytics": in_postgres,
    "cache": in_redis,
    "search": in_elasticsearch,
    "counters": in_mongo,
}
"""That of `timelines` is the row of the fan-out."""

OTHERS = [name for name in BARE_WRITES if name != "tweets"]


async def rebuild_tweets(stores: Stores, servers: Servers) -> Row:
    """As by command, of a log without edits and deletions; the best of three, in turns."""
    rates, floors = [], []
    for _ in range(RUNS):
        rebuilt = await rebuild(stores, servers.kafka, "tweets", lambda *_: None)
        rates.append(rebuilt.events_per_second)
        floors.append(await _floor(stores, "tweets", rebuilt.generation, rebuilt.events))
    return at_least("rebuild of tweets", "events/s", max(rates), max(floors), TARGET)


async def rebuild_others(stores: Stores, servers: Servers) -> list[Row]:
    """Of the events of all kinds that are on the log; the best of three, in turns.

    Not by the whole command, which brings the live view to the same place and compares.
    """
    at = await generations.current(stores.postgres)
    async with Log(servers.kafka) as log:
        letters = DeadLetters(log)
        counters = VIEWS["counters"](stores, at)  # from which others copy
        await fill(counters, servers.kafka, letters, lambda *_: None)
        return [await _rebuilt(stores, servers, at, name, letters) for name in OTHERS]


async def _rebuilt(
    stores: Stores, servers: Servers, at: Generations, name: str, letters: SetAside
) -> Row:
    rates, floors = [], []
    for _ in range(RUNS):
        view = VIEWS[name](stores, Generations({**at, name: BUILT}))
        await view.drop()
        started = time.perf_counter()
        events = await fill(view, servers.kafka, letters, lambda *_: None)
        rates.append(events / (time.perf_counter() - started))
        floors.append(await _floor(stores, name, BUILT, events))
    await view.drop()
    return at_least(f"rebuild of {name}", "events/s", max(rates), max(floors), TARGET)


async def _floor(stores: Stores, name: str, held: int, events: int) -> float:
    bare = VIEWS[name](stores, Generations({name: BARE}))
    await bare.prepare()
    try:
        writes = await BARE_WRITES[name](stores, name, held, BARE)
        return events / await seconds_of(writes)
    finally:
        await bare.drop()
