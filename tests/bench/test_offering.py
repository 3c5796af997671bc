"""What a load generator takes for an answer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bench.client import BadAnswer
from bench.offering import let_in, let_in_per_second, offered

LONG = b"GET / HTTP/1.1\r\n\r\n"


@asynccontextmanager
async def answering(*statuses: int) -> AsyncIterator[int]:
    """The port of a server that gives these, in turns."""
    count = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                status = statuses[count % len(statuses)]
                count += 1
                writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status)
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def test_only_503_is_turned_away() -> None:
    assert let_in((201, b""))
    assert not let_in((503, b""))
    with pytest.raises(BadAnswer, match="429"):
        let_in((429, b"slow down"))


async def test_those_let_in_and_those_turned_away_are_counted() -> None:
    async with answering(200, 503) as port:
        load = await offered(port, [LONG], rate=200, seconds=0.5)
    assert load.statuses.total() > 50
    assert abs(load.statuses[200] - load.statuses[503]) <= 1
    assert len(load.accepted) == load.statuses[200]


Ask = Callable[[int], Awaitable[object]]
ASKS: list[Ask] = [
    lambda port: offered(port, [LONG], rate=200, seconds=0.5),
    lambda port: let_in_per_second(port, [LONG], connections=2, seconds=0.5),
]


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize("status", [401, 404, 429, 500])
async def test_what_is_neither_is_no_measurement(ask: Ask, status: int) -> None:
    async with answering(200, 503, status) as port:
        with pytest.raises(BadAnswer, match=str(status)):
            await ask(port)
