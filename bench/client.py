"""A load generator that costs next to nothing: requests as ready bytes, answers barely parsed."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from typing import TypeAlias, cast

TIMEOUT_SECONDS = 30.0

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


class BadAnswer(RuntimeError):
    """The server did not answer as a benchmark needs it to."""


Answer: TypeAlias = tuple[int, bytes]
"""Status and body."""

Answered: TypeAlias = Callable[[Answer | BadAnswer], None]


class Connection(asyncio.Protocol):
    """One keep-alive connection, for one request at a time."""

    def __init__(self) -> None:
        self._answered: Answered | None = None
        self._received = b""

    @classmethod
    async def open(cls, port: int) -> "Connection":
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(cls, "127.0.0.1", port))[1]

    async def send(self, request: bytes) -> bytes:
        """The body of the answer. Raises `BadAnswer` unless its status is 2xx."""
        status, body = await self.exchange(request)
        if status // 100 != 2:
            raise BadAnswer(f"{status} {body[:300]!r}")
        return body

    async def exchange(self, request: bytes) -> Answer:
        """Status and body of the answer, whatever it is."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer | BadAnswer] = loop.create_future()

        def answered(said: Answer | BadAnswer) -> None:
            if not answer.done():
                answer.set_result(said)

        watch = loop.call_later(TIMEOUT_SECONDS, self._give_up)
        self.ask(request, answered)
        try:
            said = await answer
        finally:
            watch.cancel()
        if isinstance(said, BadAnswer):
            raise said
        return said

    def ask(self, request: bytes, answered: Answered) -> None:
        """Without a task, a future and a timer, which cost as much as all else does."""
        self._answered = answered
        if self._transport.is_closing():
            self._fail("the server has closed the connection")
        else:
            self._transport.write(request)

    def close(self) -> None:
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._received:
            data = self._received + data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            self._received = data
            return
        length = _LENGTH.search(data, 0, end + 2)
        if length is None:
            self._fail("an answer without a length")
            return
        whole = end + 4 + int(length[1])
        if len(data) < whole:
            self._received = data
            return
        self._received = data[whole:]
        self._answer((int(data[9:12]), data[end + 4 : whole]))

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(f"the connection is lost: {error!r}")

    def _give_up(self) -> None:
        """Nor may a late answer go to the next request."""
        self._fail(f"nothing in {TIMEOUT_SECONDS:g} s")
        self._transport.abort()

    def _fail(self, what: str) -> None:
        self._answer(BadAnswer(what))

    def _answer(self, said: Answer | BadAnswer) -> None:
        answered, self._answered = self._answered, None
        if answered is not None:
            answered(said)


def get(path: str, token: str) -> bytes:
    return (f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n").encode()


def post(path: str, token: str, body: bytes) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


async def requests_per_second(
    port: int, requests: Sequence[bytes], *, connections: int, seconds: float
) -> float:
    """The rate at which `connections` get answers, each going round the requests."""
    opened = [await Connection.open(port) for _ in range(connections)]
    end = time.perf_counter() + seconds

    async def go(number: int, connection: Connection) -> int:
        done = 0
        while time.perf_counter() < end:
            await connection.send(requests[(number + done) % len(requests)])
            done += 1
        return done

    started = time.perf_counter()
    counts = await asyncio.gather(*(go(n, c) for n, c in enumerate(opened)))
    elapsed = time.perf_counter() - started
    for connection in opened:
        connection.close()
    return sum(counts) / elapsed
