"""Rebuilding each view against bare bulk writes of what it then holds, to the same store.

Both in events/s: the floor is the number of events over the time that the bare writes take. Those
know in advance which rows there are, and how they end. A rebuild has to read and decode the log for
that, so a second row shows it beside a program that does this too, while it writes. A rebuild is
timed with all that it does but comparing and switching: what it takes to begin, some 0.1 s, is much
where few events concern the view, as with `lists`.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple

from bench.bare import (
    in_elasticsearch,
    in_mongo,
    in_postgres,
    in_redis,
    seconds_of,
)
from bench.reader import decoded
from bench.row import Row, at_least, at_most
from events.log import Log
from projections import generations
from projections.generations import Generations
from projections.registry import VIEWS
from projections.stores import Stores
from schemas.servers import Servers
from streams.dead_letters import DeadLetters, SetAside
from streams.rebuilding.building import fill, rebuild
from streams.rebuilding.places import log_ends

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
"""That of `timelines` is the row of the fan-out, which is what it spends its time with."""

OTHERS = [name for name in BARE_WRITES if name != "tweets"]


async def rebuild_tweets(stores: Stores, servers: Servers) -> list[Row]:
    """As by command, of a log without edits and deletions; the best of three, in turns."""
    runs = []
    for _ in range(RUNS):
        rebuilt = await rebuild(stores, servers.kafka, "tweets", lambda *_: None)
        floors = await _floors(stores, servers, "tweets", rebuilt.generation, rebuilt.events)
        runs.append(Rates(rebuilt.events_per_second, *floors))
    return _rows("tweets", runs)


async def rebuild_others(stores: Stores, servers: Servers) -> list[Row]:
    """Of the events of all kinds that are on the log; the best of three, in turns.

    Not by the whole command, which brings the live view to the same place and compares.
    """
    at = await generations.current(stores.postgres)
    rows: list[Row] = []
    async with Log(servers.kafka) as log:
        letters = DeadLetters(log)
        counters = VIEWS["counters"](stores, at)  # from which others copy
        await fill(counters, servers.kafka, letters, lambda *_: None)
        for name in OTHERS:
            rows += await _rebuilt(stores, servers, at, name, letters)
    return rows


async def _rebuilt(
    stores: Stores, servers: Servers, at: Generations, name: str, letters: SetAside
) -> list[Row]:
    runs = []
    for _ in range(RUNS):
        view = VIEWS[name](stores, Generations({**at, name: BUILT}))
        await view.drop()
        started = time.perf_counter()
        events = await fill(view, servers.kafka, letters, lambda *_: None)
        rate = events / (time.perf_counter() - started)
        runs.append(Rates(rate, *await _floors(stores, servers, name, BUILT, events)))
    await view.drop()
    return _rows(name, runs)


class Rates(NamedTuple):
    """In events/s."""

    rebuilt: float
    written: float
    read_and_written: float


def _rows(name: str, runs: Sequence[Rates]) -> list[Row]:
    best = Rates(*map(max, zip(*runs, strict=True)))
    row = f"rebuild of {name}"
    return [
        at_least(row, "events/s", best.rebuilt, best.written, TARGET),
        at_most(f"{row}, and reading", "events/s", best.rebuilt, best.read_and_written, None),
    ]


async def _floors(
    stores: Stores, servers: Servers, name: str, held: int, events: int
) -> tuple[float, float]:
    bare = VIEWS[name](stores, Generations({name: BARE}))
    writes = await BARE_WRITES[name](stores, name, held, BARE)

    async def read() -> None:
        await decoded(servers.kafka, await log_ends(servers.kafka, bare))

    async def rate(*, reading: bool) -> float:
        await bare.prepare()
        try:
            started = time.perf_counter()
            await asyncio.gather(seconds_of(writes), *([read()] if reading else []))
            return events / (time.perf_counter() - started)
        finally:
            await bare.drop()

    return await rate(reading=False), await rate(reading=True)
