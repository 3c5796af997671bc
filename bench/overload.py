"""What happens at twice the rate that a gateway can take: to those that it lets in, to its memory,
and to the views when it is over."""

import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from bench.client import post
from bench.offering import let_in_per_second, offered
from bench.row import Row, at_least, at_most, percentile
from bench.world import World, process, say
from deploy.stack import Stack
from gateway.accounts import Accounts
from projections.stores import Stores
from schemas.servers import Servers
from streams.lag import caught_up
from streams.parts import WORKERS

TARGET = 5.0
LET_IN_TARGET = 0.25
"""Of what a gateway can take: to let nobody in would be quick."""

OFFERED_SHARE = 0.85
QUIET_SHARE = 0.2
SECONDS = 8.0
CONNECTIONS = 8
AUTHORS = 32
MEMORY_TARGET = 1.5
DRAINED_SECONDS = 600.0


async def overload(
    port: int, requests: Sequence[bytes], what: str, *, connections: int = CONNECTIONS
) -> list[Row]:
    """Requests that come at a fixed rate, whether or not the ones before are answered.

    Raises `RuntimeError` when too few could be offered to say anything.
    """
    able = await let_in_per_second(port, requests, connections=connections, seconds=SECONDS / 2)
    quiet = await offered(port, requests, rate=QUIET_SHARE * able, seconds=SECONDS)
    busy = await offered(port, requests, rate=2 * able, seconds=SECONDS)
    if busy.statuses.total() < OFFERED_SHARE * 2 * able * SECONDS:
        raise RuntimeError(f"of {2 * able:,.0f}/s that {what} was to get: {dict(busy.statuses)}")
    if not (quiet.accepted and busy.accepted):
        raise RuntimeError(f"{what} let nobody in: {dict(quiet.statuses)}, {dict(busy.statuses)}")
    say(
        f"{what}: able to take {able:,.0f}/s; of {2 * able:,.0f}/s for {SECONDS:.0f} s:"
        f" {dict(busy.statuses)},"
        f" p50 {percentile(busy.accepted, 0.5):.1f} ms"
    )
    return [
        at_most(
            f"{what} at twice the load, p99 of those let in",
            "ms",
            percentile(busy.accepted, 0.99),
            percentile(quiet.accepted, 0.99),
            TARGET,
        ),
        at_least(
            f"{what} at twice the load, let in",
            "requests/s",
            len(busy.accepted) / SECONDS,
            able,
            LET_IN_TARGET,
        ),
    ]


async def posts_at_twice_the_load(
    stack: Stack, stores: Stores, servers: Servers, world: World
) -> list[Row]:
    """Posts, with every view live as `up` runs them: what the gateway holds at most, and how long
    the views take to be even with the log again, beside how long the load lasted.
    """
    accounts, port = Accounts(stores.postgres), stack.gateway_port
    authors = [author for author, _ in world.followers.most_common()[-AUTHORS:]]
    tokens = [await accounts.issue_token(author) for author in authors]
    posts = [post("/2/tweets", token, b'{"text":"Up at six"}') for token in tokens]
    async with AsyncExitStack() as running:
        for views in WORKERS.values():
            await running.enter_async_context(process(stack, ["streams", "worker", *views]))
        gateway = await running.enter_async_context(process(stack, ["gateway"], port=port))
        await let_in_per_second(port, posts, connections=AUTHORS, seconds=SECONDS / 2)
        await caught_up(stores, servers.kafka, seconds=DRAINED_SECONDS)
        before = _peak_memory(gateway)
        latency = await overload(port, posts, "post, views live,", connections=AUTHORS)
        peak = _peak_memory(gateway)
        ended = time.perf_counter()
        await caught_up(stores, servers.kafka, seconds=DRAINED_SECONDS)
        drained = time.perf_counter() - ended
    return [
        *latency,
        at_most("gateway at twice the posts, peak memory", "MiB", peak, before, MEMORY_TARGET),
        at_most("views even again after twice the posts", "s", drained, SECONDS, None),
    ]


def _peak_memory(pid: int) -> float:
    """The most that was ever resident, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) / 1024
