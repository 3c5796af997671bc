"""A TCP proxy before one server, whose connections can be slowed, cut and half-opened."""

import asyncio
import socket
import struct
from contextlib import suppress
from enum import Enum
from types import TracebackType
from typing import Self

from events.tasks import cancel_all

HOST = "127.0.0.1"
CHUNK_BYTES = 16 * 1024
SLOW_SECONDS = 0.1
RESET_AT_CLOSE = struct.pack("ii", 1, 0)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Mode(Enum):
    OPEN = "open"
    SLOW = "slowed"
    CUT = "cut"
    HALF_OPEN = "half-open"


class Proxy:
    """Listens on `port`, which the kernel chooses; set `upstream` before anybody connects.

    SLOW: each 16 KiB take 0.1 s more, either way. CUT: connections are reset, new ones too.
    HALF_OPEN: they stay, new ones are taken, and what is said on them reaches nobody.
    """

    port: int
    upstream: int

    def __init__(self) -> None:
        self._mode = Mode.OPEN
        self._clients: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        await cancel_all(list(self._serving))

    def turn(self, mode: Mode) -> None:
        """From now on. Connections that lost something while half-open are reset at its end."""
        before, self._mode = self._mode, mode
        if mode is Mode.CUT or before is Mode.HALF_OPEN:
            for client in self._clients:
                _reset(client)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve((reader, writer)))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, client: Streams) -> None:
        self._clients.add(client[1])
        try:
            with suppress(OSError):
                if self._mode is Mode.HALF_OPEN:
                    await _swallow(client[0])
                elif self._mode is not Mode.CUT:
                    await self._join(client, await asyncio.open_connection(HOST, self.upstream))
        finally:
            self._clients.discard(client[1])
            _reset(client[1])

    async def _join(self, client: Streams, server: Streams) -> None:
        """Until either side ends."""
        ways = [
            asyncio.create_task(self._copy(client[0], server[1])),
            asyncio.create_task(self._copy(server[0], client[1])),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            await _sent(client[1])
        finally:
            await cancel_all(ways)
            server[1].close()

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await source.read(CHUNK_BYTES):
                if self._mode is Mode.SLOW:
                    await asyncio.sleep(SLOW_SECONDS)
                if self._mode is not Mode.HALF_OPEN:
                    sink.write(chunk)
                    await sink.drain()


async def _swallow(source: asyncio.StreamReader) -> None:
    while await source.read(CHUNK_BYTES):
        pass


async def _sent(writer: asyncio.StreamWriter) -> None:
    """What the server said before it closed arrives before the end of the connection."""
    if writer.is_closing():  # it was reset
        return
    with suppress(OSError, TimeoutError):
        writer.write_eof()
        async with asyncio.timeout(1.0):
            await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    found = writer.get_extra_info("socket")
    if found is not None and found.fileno() >= 0:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
    writer.transport.abort()
