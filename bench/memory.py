"""How much memory it takes to bring all views through a log of everything that people can do."""

import asyncio
import os
import sys

from msgspec import json

from bench.peak import Reached
from bench.row import Row, at_most
from bench.world import say
from deploy.stack import Stack

TARGET = 1.2
SHARES = ("0.1", "1")
GENERATION = 1_000_000
END_SECONDS = 6 * 3_600.0


async def peak_memory(stack: Stack) -> Row:
    """All views at once, from the beginning of the log, in one process of their own: the most that
    it held at any time until a tenth of the log was applied is the floor of the most until all was.
    """
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "bench.peak", str(GENERATION), *SHARES,
        env=os.environ | stack.servers.environ(), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        said, _ = await asyncio.wait_for(child.communicate(), END_SECONDS)
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        raise RuntimeError(f"bench.peak ended with {child.returncode}")
    tenth, whole = (json.decode(line, type=Reached) for line in said.splitlines())
    rate = whole.records / whole.seconds
    say(f"all views took {whole.seconds:.0f} s: {rate:,.0f} events/s")
    name = f"memory of all views, peak, {whole.records:,} events"
    return at_most(name, "MiB", whole.peak_kb / 1024, tenth.peak_kb / 1024, TARGET)
