"""What happens at twice the rate that a gateway can take: to those that it lets in, to its memory,
and to the views when it is over."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from msgspec import Struct

from bench.client import TIMEOUT_SECONDS, Answer, BadAnswer, Connection, post
from bench.row import Row, at_most, percentile
from bench.world import World, process, say
from deploy.stack import Stack
from gateway.accounts import Accounts
from projections.stores import Stores
from schemas.servers import Servers
from streams.lag import caught_up
from streams.parts import WORKERS

TARGET = 5.0
QUIET_SHARE = 0.2
SECONDS = 8.0
CONNECTIONS = 8
MOST_CONNECTIONS = 1_000
AUTHORS = 32
MEMORY_TARGET = 1.5
DRAINED_SECONDS = 600.0
AGAIN_SECONDS = 0.02
BEHIND_SECONDS = 0.02
"""So late a request may be made, and is counted from when it was due."""


class Load(Struct):
    """Milliseconds of those that were let in, from when they were due; and how many
    got which status."""

    accepted: list[float]
    statuses: Counter[int]


async def overload(
    port: int, requests: Sequence[bytes], what: str, *, connections: int = CONNECTIONS
) -> Row:
    """Requests that come at a fixed rate, whether or not the ones before are answered."""
    able = await let_in_per_second(port, requests, connections=connections, seconds=SECONDS / 2)
    quiet = await offered(port, requests, rate=QUIET_SHARE * able, seconds=SECONDS)
    busy = await offered(port, requests, rate=2 * able, seconds=SECONDS)
    say(
        f"{what}: able to take {able:,.0f}/s; of {2 * able:,.0f}/s for {SECONDS:.0f} s:"
        f" {dict(busy.statuses)},"
        f" p50 {percentile(busy.accepted, 0.5):.1f} ms"
    )
    return at_most(
        f"{what} at twice the load, p99 of those let in",
        "ms",
        percentile(busy.accepted, 0.99),
        percentile(quiet.accepted, 0.99),
        TARGET,
    )


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
        latency,
        at_most("gateway at twice the posts, peak memory", "MiB", peak, before, MEMORY_TARGET),
        at_most("views even again after twice the posts", "s", drained, SECONDS, None),
    ]


def _peak_memory(pid: int) -> float:
    """The most that was ever resident, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) / 1024


async def let_in_per_second(
    port: int, requests: Sequence[bytes], *, connections: int, seconds: float
) -> float:
    """The rate at which `connections` that ask again when they are answered, and when they were
    turned away after `AGAIN_SECONDS`, are let in."""
    opened = [await Connection.open(port) for _ in range(connections)]
    end = time.perf_counter() + seconds

    async def go(number: int, connection: Connection) -> int:
        done = 0
        while time.perf_counter() < end:
            status, _ = await connection.exchange(requests[number % len(requests)])
            if status // 100 == 2:
                done += 1
            else:
                await asyncio.sleep(AGAIN_SECONDS)
        return done

    counts = await asyncio.gather(*(go(n, c) for n, c in enumerate(opened)))
    for connection in opened:
        connection.close()
    return sum(counts) / seconds


async def offered(port: int, requests: Sequence[bytes], *, rate: float, seconds: float) -> Load:
    """Fewer than `rate` where this process gets no further. Raises `BadAnswer`."""
    asking = _Asking(port)
    number, due = 0, (start := time.perf_counter())
    while due < start + seconds:
        await asking.fewer_than(MOST_CONNECTIONS)
        late = time.perf_counter() - due
        if late < 0:
            await asyncio.sleep(-late)
        elif late > BEHIND_SECONDS:
            due += late
        asking.ask(requests[number % len(requests)], due)
        number, due = number + 1, due + 1 / rate
    await asking.fewer_than(1)
    asking.close()
    return asking.load


class _Asking:
    """One request a connection at a time, on as many connections as that takes."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[Connection] = []
        self._opening: set[asyncio.Task[None]] = set()
        self._under_way = 0
        self._failed: BadAnswer | None = None
        self._heard = asyncio.Event()
        self.load = Load([], Counter())

    def ask(self, request: bytes, due: float) -> None:
        self._under_way += 1
        if self._idle:
            self._ask_on(self._idle.pop(), request, due)
        else:
            task = asyncio.create_task(self._ask_on_new(request, due))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _ask_on_new(self, request: bytes, due: float) -> None:
        try:
            connection = await Connection.open(self._port)
        except OSError as error:
            self._failed = BadAnswer(f"no connection: {error}")
            self._heard.set()
        else:
            self._ask_on(connection, request, due)

    def _ask_on(self, connection: Connection, request: bytes, due: float) -> None:
        def answered(said: Answer | BadAnswer) -> None:
            self._heard.set()
            if isinstance(said, BadAnswer):
                self._failed = said
                return
            self._under_way -= 1
            self._idle.append(connection)
            self.load.statuses[said[0]] += 1
            if said[0] // 100 == 2:
                self.load.accepted.append((time.perf_counter() - due) * 1e3)

        connection.ask(request, answered)

    async def fewer_than(self, number: int) -> None:
        """Waits until fewer than so many are under way. Raises `BadAnswer`."""
        while self._under_way >= number or self._failed:
            if self._failed:
                raise self._failed
            self._heard.clear()
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    await self._heard.wait()
            except TimeoutError as error:
                raise BadAnswer(f"nothing in {TIMEOUT_SECONDS:g} s") from error

    def close(self) -> None:
        for connection in self._idle:
            connection.close()
