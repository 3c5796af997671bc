"""Requests at a rate of their own, of which a gateway lets in what it can."""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Sequence

from msgspec import Struct

from bench.client import TIMEOUT_SECONDS, Answer, BadAnswer, Connection

CONNECTIONS = 1_000
TURNED_AWAY = 503
AGAIN_SECONDS = 0.02
BEHIND_SECONDS = 0.02
"""So late a request may be made, and is counted from when it was due."""


class Load(Struct):
    """Milliseconds of those that were let in, from when they were due; and how many
    got which status."""

    accepted: list[float]
    statuses: Counter[int]


def let_in(said: Answer) -> bool:
    """Whether it was not turned away. Raises `BadAnswer` when it is neither."""
    status, body = said
    if status // 100 != 2 and status != TURNED_AWAY:
        raise BadAnswer(f"{status} {body[:300]!r}")
    return status != TURNED_AWAY


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
            if let_in(await connection.exchange(requests[number % len(requests)])):
                done += 1
            else:
                await asyncio.sleep(AGAIN_SECONDS)
        return done

    try:
        counts = await asyncio.gather(*(go(n, c) for n, c in enumerate(opened)))
    finally:
        for connection in opened:
            connection.close()
    return sum(counts) / seconds


async def offered(port: int, requests: Sequence[bytes], *, rate: float, seconds: float) -> Load:
    """By a thousand clients that are connected already: to connect them takes this process a
    quarter of a second, in which it could ask for nothing else. Fewer than `rate` where it gets no
    further. Raises `BadAnswer`."""
    asking = await _Asking.connected(port)
    number, due = 0, (start := time.perf_counter())
    try:
        while due < start + seconds:
            await asking.fewer_than(CONNECTIONS)
            late = time.perf_counter() - due
            if late < 0:
                await asyncio.sleep(-late)
            elif late > BEHIND_SECONDS:
                due += late
            asking.ask(requests[number % len(requests)], due)
            number, due = number + 1, due + 1 / rate
        await asking.fewer_than(1)
    finally:
        asking.close()
    return asking.load


class _Asking:
    """One request a connection at a time, on each in its turn."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._connections = connections
        self._idle = deque(connections)
        self._failed: BadAnswer | None = None
        self._heard = asyncio.Event()
        self.load = Load([], Counter())

    @classmethod
    async def connected(cls, port: int) -> "_Asking":
        try:
            return cls([await Connection.open(port) for _ in range(CONNECTIONS)])
        except OSError as error:
            raise BadAnswer(f"no connection: {error}") from error

    def ask(self, request: bytes, due: float) -> None:
        connection = self._idle.popleft()

        def answered(said: Answer | BadAnswer) -> None:
            self._heard.set()
            if isinstance(said, BadAnswer):
                self._failed = said
                return
            try:
                accepted = let_in(said)
            except BadAnswer as bad:
                self._failed = bad
                return
            self._idle.append(connection)
            self.load.statuses[said[0]] += 1
            if accepted:
                self.load.accepted.append((time.perf_counter() - due) * 1e3)

        connection.ask(request, answered)

    async def fewer_than(self, number: int) -> None:
        """Waits until fewer than so many are under way. Raises `BadAnswer`."""
        while len(self._idle) <= len(self._connections) - number or self._failed:
            if self._failed:
                raise self._failed
            self._heard.clear()
            try:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    await self._heard.wait()
            except TimeoutError as error:
                raise BadAnswer(f"nothing in {TIMEOUT_SECONDS:g} s") from error

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
