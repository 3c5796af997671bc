"""How much memory it takes to bring all views through a log of everything that people can do."""

import asyncio
import os
import sys

from msgspec import json

from bench.all_kinds import put_on_log
from bench.peak import Reached
from bench.row import Row, at_most
from bench.world import say
from deploy.stack import Stack
from projections.stores import Stores
from schemas.servers import Servers

TARGET = 1.2
SHARE = 10
GENERATION = 1_000_000
END_SECONDS = 6 * 3_600.0


async def peak_memory(stack: Stack, stores: Stores, servers: Servers, count: int) -> list[Row]:
    """The most that a process held at any time, which brought all views at once from the beginning
    of the log to its end; of one that did so when a tenth of the events were there, the floor. The
    log is empty before.
    """
    await put_on_log(stores, servers, count // SHARE)
    short = await _views_brought(stack, GENERATION)
    await put_on_log(stores, servers, count - count // SHARE)
    long = await _views_brought(stack, GENERATION + 1)
    name = f"memory of all views, peak, {long.records:,} events beside {short.records:,}"
    return [at_most(name, "MiB", long.peak_kb / 1024, short.peak_kb / 1024, TARGET)]


async def _views_brought(stack: Stack, generation: int) -> Reached:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "bench.peak", str(generation),
        env=os.environ | stack.servers.environ(), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(END_SECONDS):
            said, _ = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        raise RuntimeError(f"bench.peak ended with {child.returncode}")
    reached = json.decode(said, type=Reached)
    rate = reached.records / reached.seconds
    say(f"{reached.records:,} events through all views: {rate:,.0f} events/s")
    return reached
