"""A process that brings every view to the end of the log, and says how much memory it took.

`python -m bench.peak GENERATION` prints one line of JSON, a `Reached`.
"""

import asyncio
import sys
import time
from pathlib import Path

import uvloop
from msgspec import Struct, json

from events.log import Log
from events.memory import collect_rarely
from projections.generations import Generations
from projections.registry import VIEWS
from projections.stores import Stores, open_stores
from projections.view import View
from schemas.servers import Servers
from streams.dead_letters import DeadLetters
from streams.places import Place, log_ends, of_view
from streams.rebuilding.claims import Alone
from streams.rebuilding.filling import bring, feeding


class Reached(Struct, frozen=True):
    """`peak_kb` is the most memory that was resident since the process began, in KiB."""

    records: int
    seconds: float
    peak_kb: int


async def _reach(generation: int) -> None:
    servers = Servers.from_environment()
    async with open_stores(servers) as stores, Log(servers.kafka) as log:
        feed = feeding(servers.kafka, DeadLetters(log))
        views = await _prepared(stores, generation)
        ends: Place = {}
        for view in views:
            ends |= await log_ends(servers.kafka, view)
        started = time.perf_counter()
        await asyncio.gather(*(bring(view, of_view(view, ends), feed, Alone()) for view in views))
        said = Reached(sum(ends.values()), time.perf_counter() - started, _peak_kb())
        sys.stdout.write(f"{json.encode(said).decode()}\n")
        for view in views:
            await view.close()


async def _prepared(stores: Stores, generation: int) -> list[View]:
    at = Generations(dict.fromkeys(VIEWS, generation))
    views = [make(stores, at) for make in VIEWS.values()]
    for view in views:
        await view.prepare()
    return views


def _peak_kb() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "VmHWM":
            return int(value.split()[0])
    raise RuntimeError("the kernel does not say how much memory was resident")


if __name__ == "__main__":
    collect_rarely()
    uvloop.run(_reach(int(sys.argv[1])))
