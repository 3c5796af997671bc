"""Rebuilding each view against bare bulk writes of what it then holds, to the same store.

Both in events/s: the floor is the number of events over the time that the bare writes take. Those
know in advance which rows there are, and how they end. A rebuild has to read and decode the log for
that, so a second row shows it beside a program that does this too, while it writes. A rebuild is
that by command, timed with all that it does but comparing and switching: what it takes to begin,
some 0.1 s, is much where few events concern the view, as with `lists`. It takes all cores, the bare
program one and what the store takes beside it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from msgspec import Struct, json

from bench.all_kinds import put_on_log
from bench.bare import (
    in_elasticsearch,
    in_mongo,
    in_postgres,
    in_redis,
    seconds_of,
)
from bench.reader import decoded
from bench.row import Row, at_least, at_most
from bench.world import command
from deploy.stack import Stack
from projections.generations import Generations
from projections.registry import VIEWS
from projections.stores import Stores
from projections.view import IndexedLate, prepare_to_fill
from schemas.servers import Servers
from streams.places import log_ends

TARGET = 0.7
BARE = 1_000_000
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

OTHERS = ["counters", *[name for name in BARE_WRITES if name not in ("tweets", "counters")]]
"""The counters first, from which others copy."""


class Rebuilt(Struct):
    """What the command says."""

    generation: int
    events: int
    events_per_second: float


async def rebuild_tweets(stack: Stack, stores: Stores, servers: Servers) -> list[Row]:
    """Of a log without edits and deletions."""
    return await _rebuilt(stack, stores, servers, "tweets")


async def rebuild_others(stack: Stack, stores: Stores, servers: Servers, events: int) -> list[Row]:
    """Of so many events of all kinds, which are put on the log, and those that are there."""
    await put_on_log(stores, servers, events)
    rows: list[Row] = []
    for name in OTHERS:
        rows += await _rebuilt(stack, stores, servers, name)
    return rows


async def _rebuilt(stack: Stack, stores: Stores, servers: Servers, name: str) -> list[Row]:
    """The best of three, in turns."""
    runs = []
    for number in range(RUNS):
        said = await command(stack, ["streams", "rebuild", name, "--accept", "--json"])
        built = json.decode(said, type=Rebuilt)
        rate = await _floor(stores, servers, name, built)
        reading_first = number % 2 == 1
        floors = {reading: await rate(reading) for reading in (reading_first, not reading_first)}
        runs.append(Rates(built.events_per_second, floors[False], floors[True]))
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


async def _floor(
    stores: Stores, servers: Servers, name: str, built: Rebuilt
) -> Callable[[bool], Awaitable[float]]:
    """Measures the bare program in events/s, with reading or without."""
    bare = VIEWS[name](stores, Generations({name: BARE}))
    writes = await BARE_WRITES[name](stores, name, built.generation, BARE)

    async def read() -> None:
        await decoded(servers.kafka, await log_ends(servers.kafka, bare))

    async def rate(reading: bool) -> float:
        await prepare_to_fill(bare)
        try:
            started = time.perf_counter()
            await asyncio.gather(seconds_of(writes), *([read()] if reading else []))
            if isinstance(bare, IndexedLate):
                await bare.prepare()
            return built.events / (time.perf_counter() - started)
        finally:
            await bare.drop()

    return rate
