"""Taking connections: in each turn of the loop all that wait.

libuv takes one a turn (libuv/libuv#3696). When a turn takes 10 ms, a hundred clients that come at
once wait a second for the last of them to be taken, however soon they are answered then.
"""

import asyncio
import errno
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

logger = logging.getLogger(__name__)

BACKLOG = 1_024
"""Connections that may wait to be taken: one more is tried again by its client after a second."""

FULL_SECONDS = 1.0
"""So long nobody is taken when the process has no file left for one."""

_FULL = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}

_NOT_HERE = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}
"""A name may have an address of a family that the machine does without, beside another."""

MakeProtocol = Callable[[], asyncio.Protocol]


@asynccontextmanager
async def listening(make: MakeProtocol, host: str, port: int) -> AsyncIterator[None]:
    """Within the block, whoever connects to one of the host's addresses gets a protocol.

    Raises `OSError` when an address cannot be had.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    doorsteps: list[_Doorstep] = []
    absent: OSError | None = None
    try:
        for family, _, _, _, address in dict.fromkeys(found):
            try:
                listener = socket.create_server(address, family=family, backlog=BACKLOG)
            except OSError as error:
                if error.errno not in _NOT_HERE:
                    raise
                absent = error
            else:
                doorsteps.append(_Doorstep(listener, make))
        if absent and not doorsteps:
            raise absent
        yield
    finally:
        for doorstep in doorsteps:
            doorstep.close()
        await asyncio.gather(*(doorstep.served() for doorstep in doorsteps))


class _Doorstep:
    def __init__(self, listener: socket.socket, make: MakeProtocol) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._make = make
        self._coming: set[asyncio.Task[None]] = set()
        self._full: asyncio.TimerHandle | None = None
        listener.setblocking(False)
        self._open()

    def _open(self) -> None:
        self._full = None
        self._loop.add_reader(self._listener, self._take)

    def _take(self) -> None:
        for _ in range(BACKLOG):
            try:
                connection, _ = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno not in _FULL:
                    continue  # whoever it was is gone again
                logger.warning("no more connections can be taken: %s", error)
                self._loop.remove_reader(self._listener)
                self._full = self._loop.call_later(FULL_SECONDS, self._open)
                return
            coming = self._loop.create_task(self._serve(connection))
            self._coming.add(coming)
            coming.add_done_callback(self._coming.discard)

    async def _serve(self, connection: socket.socket) -> None:
        try:
            connection.setblocking(False)
            await self._loop.connect_accepted_socket(self._make, connection)
        except (OSError, RuntimeError) as error:  # which is uvloop's for one that is gone already
            logger.info("a connection was gone before it was served: %r", error)
            connection.close()

    def close(self) -> None:
        """Takes nobody any more; the connections that were taken stay."""
        if self._full is not None:
            self._full.cancel()
        self._loop.remove_reader(self._listener)
        self._listener.close()

    async def served(self) -> None:
        """Whoever was taken before the end has a protocol."""
        await asyncio.gather(*self._coming)
