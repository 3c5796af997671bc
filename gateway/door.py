"""Turning away at the door, before a request is even parsed, what is too much.

To say no took a third of what a post takes, and at twice the load no is most of what is said: the
loop was busy with it, and those that were let in waited for their turn. Here it takes a tenth.

Only the plainest requests are turned away here: each whole in one piece, on a connection that waits
for one and has carried no others. All else goes to `shed`, which knows every kind.

Who takes nothing of an answer is shown out: it is written when the request is over for all others.
"""

import asyncio
import re
import socket
from collections.abc import Callable, Iterable
from typing import cast

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from gateway.admission import Admissions
from gateway.endpoints import Endpoint
from gateway.shedding import TOO_MUCH
from gateway.unreadable import Handler
from schemas.metrics import TURNED_AWAY

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*\r\n", re.IGNORECASE)
_MORE = re.compile(
    rb"\r\n(?:transfer-encoding|expect|upgrade|content-length"
    rb"|connection(?![ \t]*:[ \t]*keep-alive[ \t]*\r\n))[ \t]*:",
    re.IGNORECASE,
)
"""What tells that there is more to a request than its head and so many bytes. That the connection
is to go on is what most programs say, and nothing more."""

UNREAD_SECONDS = 20.0
"""An answer of which nothing is taken for so long ends with its connection."""

UNSENT_BYTES = 64 * 1024
"""Of an answer, the kernel keeps no more that is not on its way: else it takes megabytes at once,
and only when a client has read most of them is there something to see."""

API = b"/2/"
_body = TOO_MUCH.body()
NO = (
    f"HTTP/1.1 {TOO_MUCH.status} {TOO_MUCH.title}\r\n"
    + "".join(f"{name}: {value}\r\n" for name, value in TOO_MUCH.headers().items())
    + f"Content-Length: {len(_body)}\r\n\r\n"
).encode() + _body


def method_of(data: bytes) -> str | None:
    """The method of a request that is whole and nothing else; None for whatever may be more."""
    end = data.find(b"\r\n\r\n") + 4
    method = data[: data.find(b" ", 0, 8)]
    if end < 4 or method not in (b"GET", b"POST", b"PUT", b"DELETE"):
        return None
    more = _MORE.findall(data, 0, end)
    if not more:
        return method.decode() if end == len(data) else None
    length = _LENGTH.search(data, 0, end)
    if length is None or len(more) > 1 or end + int(length[1]) != len(data):
        return None
    return method.decode()


class Door(asyncio.Protocol):
    """In front of aiohttp's handler of one connection. Paths that begin with one of `through`
    are not turned away here."""

    def __init__(
        self, inside: RequestHandler, admissions: Admissions, through: tuple[bytes, ...]
    ) -> None:
        self._inside = inside
        self._admissions = admissions
        self._through = through
        self._plain = True
        self._new = True
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(0)  # so that we hear of all that is not taken
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        self._inside.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._plain:
            method = method_of(data)
            self._plain = method is not None
            if method is not None:
                admission = self._admissions.of(method)
                if not admission.full():
                    if self._waits():
                        admission.comes(self._inside)
                elif self._may_turn_away(method, data):
                    admission.turn_away()
                    TURNED_AWAY.inc()
                    self._transport.write(NO)
                    return
        self._new = False
        self._inside.data_received(data)

    def _may_turn_away(self, method: str, data: bytes) -> bool:
        start = len(method) + 1
        return (
            self._waits()
            and data.startswith(API, start)
            and not data.startswith(self._through, start)
            and not self._transport.get_write_buffer_size()
        )

    def _waits(self) -> bool:
        """Whether what comes now is answered next: nothing else is at work on this connection."""
        waiting = self._inside._waiter  # aiohttp tells nobody else that it waits for a request
        return self._new or (waiting is not None and not waiting.done())

    def eof_received(self) -> None:
        self._inside.eof_received()

    def pause_writing(self) -> None:
        self._look_later()
        self._inside.pause_writing()

    def resume_writing(self) -> None:
        self._look_no_more()
        self._inside.resume_writing()

    def _look_later(self) -> None:
        left = self._transport.get_write_buffer_size()
        loop = asyncio.get_running_loop()
        self._unread = loop.call_later(UNREAD_SECONDS, self._look, left)

    def _look_no_more(self) -> None:
        if self._unread is not None:
            self._unread.cancel()

    def _look(self, before: int) -> None:
        """A handler that writes by itself, as streams do, has its own rules while it is at work."""
        at_work = self._inside._current_request is not None  # which aiohttp tells nobody else
        if at_work or self._transport.get_write_buffer_size() < before:
            self._look_later()
        else:
            self._transport.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._look_no_more()
        for admission in (self._admissions.reads, self._admissions.writes):
            admission.has_come(self._inside)
        self._inside.connection_lost(exc)


def doors(
    server: web.Server, admissions: Admissions, endpoints: Iterable[Endpoint]
) -> Callable[[], Door]:
    """Makes one for each connection. Endpoints that are never shed are not turned away."""
    through = tuple({e.path.partition("{")[0].encode() for e in endpoints if not e.shed})
    made, loop = server._kwargs, asyncio.get_running_loop()  # aiohttp would make its own handlers
    return lambda: Door(Handler(server, loop=loop, **made), admissions, through)
