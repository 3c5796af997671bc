"""The proxy lets through what is said, slows it, cuts it off, and swallows it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from streams.chaos.proxy import CHUNK_BYTES, HOST, SLOW_SECONDS, Mode, Proxy

SECONDS = 10.0
SILENT_SECONDS = 0.3
CHUNKS = 10


class Client:
    """Of a server that says again what it is told."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self.writer = reader, writer

    async def echo(self, said: bytes = b"wren") -> bytes:
        self.writer.write(said)
        await self.writer.drain()
        async with asyncio.timeout(SECONDS):
            return await self._reader.readexactly(len(said))

    async def silent(self) -> None:
        """Nothing comes, not even an end."""
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SILENT_SECONDS):
                await self._reader.read(1)

    async def reset(self) -> None:
        with pytest.raises(ConnectionError):
            async with asyncio.timeout(SECONDS):
                await self._reader.readexactly(1)


@pytest.fixture
async def proxy(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Proxy]:
    """Which serves each connection to its end, and fails with none."""

    async def again(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(CHUNK_BYTES):
            writer.write(said)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(again, HOST, 0) as server, Proxy() as proxy:
        proxy.upstream = server.sockets[0].getsockname()[1]
        yield proxy
    assert caplog.get_records("call") == []


Connect = Callable[[], Awaitable[Client]]


@pytest.fixture
async def connect(proxy: Proxy) -> AsyncIterator[Connect]:
    clients: list[Client] = []

    async def connected() -> Client:
        clients.append(Client(*await asyncio.open_connection(HOST, proxy.port)))
        return clients[-1]

    yield connected
    for client in clients:
        client.writer.close()


async def test_slowed_connections_take_longer_for_more(proxy: Proxy, connect: Connect) -> None:
    client = await connect()
    assert await client.echo() == b"wren"
    said = b"x" * (CHUNKS * CHUNK_BYTES)
    proxy.turn(Mode.SLOW)
    began = time.monotonic()
    assert await client.echo(said) == said
    assert time.monotonic() - began >= CHUNKS * SLOW_SECONDS
    proxy.turn(Mode.OPEN)
    began = time.monotonic()
    assert await client.echo(said) == said
    assert time.monotonic() - began < CHUNKS * SLOW_SECONDS


async def test_cut_connections_are_reset_and_so_are_new_ones(
    proxy: Proxy, connect: Connect
) -> None:
    client = await connect()
    assert await client.echo() == b"wren"
    proxy.turn(Mode.CUT)
    await client.reset()
    late = await connect()
    await late.reset()
    proxy.turn(Mode.OPEN)
    assert await (await connect()).echo() == b"wren"


async def test_half_open_connections_stay_and_swallow_what_is_said(
    proxy: Proxy, connect: Connect
) -> None:
    client = await connect()
    assert await client.echo() == b"wren"
    proxy.turn(Mode.HALF_OPEN)
    client.writer.write(b"wren")
    await client.silent()
    late = await connect()
    late.writer.write(b"wren")
    await late.silent()
    proxy.turn(Mode.OPEN)
    await client.reset()
    await late.reset()
    assert await (await connect()).echo() == b"wren"
