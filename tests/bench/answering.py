"""A server of HTTP that says what it is told to."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.client import Answer


@asynccontextmanager
async def answering(*answers: Answer, after: float = 0.0) -> AsyncIterator[int]:
    """The port of one that gives these in turns, each after so many seconds."""
    turns = itertools.cycle(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                status, body = next(turns)
                await asyncio.sleep(after)
                head = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
                writer.write(head + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
