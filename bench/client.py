"""A load generator that costs next to nothing: requests as ready bytes, answers barely parsed."""

import asyncio
import time
from collections.abc import Sequence

TIMEOUT_SECONDS = 30.0


class BadAnswer(RuntimeError):
    """The server did not answer as a benchmark needs it to."""


class Connection:
    """One keep-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> "Connection":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, request: bytes) -> bytes:
        """The body of the answer. Raises `BadAnswer` unless its status is 2xx."""
        status, body = await self.exchange(request)
        if status // 100 != 2:
            raise BadAnswer(f"{status} {body[:300]!r}")
        return body

    async def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer, whatever it is."""
        self._writer.write(request)
        head = await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), TIMEOUT_SECONDS)
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        body = await self._reader.readexactly(length)
        return int(head[9:12]), body

    def close(self) -> None:
        self._writer.close()


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
