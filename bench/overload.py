"""What happens at twice the rate that a gateway can take: those that it lets in against those that
come when it has nothing else to do."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from bench.client import Connection, requests_per_second
from bench.row import Row, at_most, percentile
from bench.world import say

TARGET = 5.0
QUIET_SHARE = 0.2
SECONDS = 8.0
CONNECTIONS = 8
MOST_CONNECTIONS = 1_000


class Load(Struct):
    """Milliseconds of those that were answered with 200, from when they were due; and how many
    got which status."""

    accepted: list[float]
    statuses: Counter[int]


async def overload(port: int, homes: Sequence[bytes]) -> Row:
    """Requests that come at a fixed rate, whether or not the ones before are answered."""
    able = await requests_per_second(port, homes, connections=CONNECTIONS, seconds=SECONDS / 2)
    quiet = await offered(port, homes, rate=QUIET_SHARE * able, seconds=SECONDS)
    busy = await offered(port, homes, rate=2 * able, seconds=SECONDS)
    say(f"able to answer {able:,.0f}/s; at {2 * able:,.0f}/s: {dict(busy.statuses)}")
    return at_most(
        "home timeline at twice the load, p99 of those let in",
        "ms",
        percentile(busy.accepted, 0.99),
        percentile(quiet.accepted, 0.99),
        TARGET,
    )


async def offered(port: int, requests: Sequence[bytes], *, rate: float, seconds: float) -> Load:
    load = Load([], Counter())
    idle: list[Connection] = []
    under_way: set[asyncio.Task[None]] = set()
    start = time.perf_counter()

    async def one(number: int, due: float) -> None:
        connection = idle.pop() if idle else await Connection.open(port)
        status, _ = await connection.exchange(requests[number % len(requests)])
        idle.append(connection)
        load.statuses[status] += 1
        if status == 200:
            load.accepted.append((time.perf_counter() - due) * 1e3)

    for number in range(int(rate * seconds)):
        due = start + number / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        if len(under_way) >= MOST_CONNECTIONS:
            await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(one(number, due))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    for connection in idle:
        connection.close()
    return load
