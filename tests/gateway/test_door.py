"""What is too much is turned away before it is parsed, and nothing else is."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from gateway import door, live, posting
from gateway.admission import Admissions
from gateway.door import NO, Door, doors, method_of

SECONDS = 10.0
LARGE, STREAM, UNREAD = "/large", "/stream", "/unread"
MANY_BYTES = 32 * 1024**2
"""More than a kernel keeps for both."""

FEW_BYTES = 48 * 1024
"""Fewer than a transport keeps unless it is told to say so."""

HEAD = b"POST /2/tweets HTTP/1.1\r\nHost: x\r\n"
POST = HEAD + b'Content-Length: 13\r\n\r\n{"text":"Up"}'
GET = b"GET /2/tweets/1 HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "method"),
    [
        (GET, "GET"),
        (POST, "POST"),
        (HEAD + b"\r\n", "POST"),
        (HEAD + b"content-length:0\r\n\r\n", "POST"),
        (HEAD + b"Content-Length: 4\r\n\r\n\r\n\r\n", "POST"),
        (GET + GET, None),
        (GET + b"G", None),
        (GET[:-1], None),
        (POST + b" ", None),
        (POST[:-1], None),
        (HEAD + b"Content-Length: 2\r\ncontent-length: 2\r\n\r\n{}", None),
        (HEAD + b"Content-Length : 2\r\n\r\n{}", None),
        (HEAD + b"Content-Length: +2\r\n\r\n{}", None),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", None),
        (HEAD + b"Content-Length: 2\r\nTransfer-Encoding: x\r\n\r\n{}", None),
        (HEAD + b"Connection: close\r\n\r\n", None),
        (HEAD + b"Connection: keep-alive, upgrade\r\n\r\n", None),
        (HEAD + b"connection:Keep-Alive \r\nContent-Length: 2\r\n\r\n{}", "POST"),
        (HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}", None),
        (b"PATCH /2/tweets HTTP/1.1\r\n\r\n", None),
        (b"\x16\x03\x01", None),
        (b"", None),
    ],
)
def test_only_one_whole_request_is_known(data: bytes, method: str | None) -> None:
    assert method_of(data) == method


@given(st.binary(max_size=50), st.binary(min_size=1, max_size=50), st.integers(1, len(POST) - 1))
def test_what_is_more_or_less_than_a_request_is_none(body: bytes, more: bytes, part: int) -> None:
    whole = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    assert method_of(whole) == "POST"
    assert method_of(whole + more) is None
    assert method_of(POST[:part]) is None
    method_of(body)


class Line:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def answer(self) -> bytes:
        """Head and body."""
        async with asyncio.timeout(SECONDS):
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            return head + await self._reader.readexactly(length)

    async def read(self, most: int) -> bytes:
        """So many bytes, or all until the end."""
        async with asyncio.timeout(SECONDS):
            return await (self._reader.read() if most < 0 else self._reader.readexactly(most))


class House:
    """Behind the door all is answered, once it may be."""

    def __init__(self) -> None:
        self.admissions = Admissions()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.asked = 0
        self.comes_in = True
        self.came: list[bool] = []
        self.pieces = 0
        self.looks = 0

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked += 1
        if self.comes_in:
            self.came.append(self.admissions.of(request.method).has_come(request.protocol))
        if request.path == UNREAD:
            return web.Response(body=bytes(FEW_BYTES))
        await request.read()
        await self.may_answer.wait()
        if request.path == LARGE:
            return web.Response(body=bytes(MANY_BYTES))
        if request.path == STREAM:
            response = web.StreamResponse()
            await response.prepare(request)
            await response.write(bytes(MANY_BYTES))
            return response
        return web.Response(text=request.path)

    async def is_at_work_for(self, line: Line) -> None:
        """With a post that is not answered yet."""
        self.may_answer.clear()
        line.writer.write(POST)
        async with asyncio.timeout(SECONDS):
            while not self.asked:
                await asyncio.sleep(0.001)

    async def has_received(self, pieces: int) -> None:
        async with asyncio.timeout(SECONDS):
            while self.pieces < pieces:
                await asyncio.sleep(0.001)

    async def has_looked(self, times: int) -> None:
        """So often more, whether somebody reads."""
        looks = self.looks + times
        async with asyncio.timeout(SECONDS):
            while self.looks < looks:
                await asyncio.sleep(0.001)

    async def has_shown_everybody_out(self) -> None:
        async with asyncio.timeout(SECONDS):
            while self.server.connections:
                await asyncio.sleep(0.001)

    def unsent(self) -> int:
        """Bytes."""
        return sum(one.get_write_buffer_size() for one in self.server._connections.values())

    def fill(self) -> None:
        for admission in (self.admissions.reads, self.admissions.writes):
            admission.limit = admission.at_once = 100

    def empty(self) -> None:
        for admission in (self.admissions.reads, self.admissions.writes):
            admission.at_once = 0

    @asynccontextmanager
    async def line(self) -> AsyncIterator[Line]:
        server = self.server = web.Server(self.answer)
        opened = doors(server, self.admissions, [*posting.endpoints, *live.endpoints])

        def counting() -> Door:
            door = opened()
            receive, look = door.data_received, door._look

            def count(data: bytes) -> None:
                receive(data)
                self.pieces += 1

            def count_look(before: int) -> None:
                look(before)
                self.looks += 1

            door.data_received = count  # type: ignore[method-assign]
            door._look = count_look  # type: ignore[method-assign]
            return door

        listener = await asyncio.get_running_loop().create_server(counting, "127.0.0.1", 0)
        try:
            port = listener.sockets[0].getsockname()[1]
            line = Line(*await asyncio.open_connection("127.0.0.1", port))
            yield line
            line.writer.close()
        finally:
            listener.close()
            await server.shutdown(1)


async def test_what_is_too_much_is_turned_away_unread_and_the_connection_goes_on() -> None:
    house = House()
    async with house.line() as line:
        house.fill()
        for request in (POST, GET, POST):
            line.writer.write(request)
            assert await line.answer() == NO
        assert house.asked == 0
        house.empty()
        line.writer.write(POST)
        assert b"200 OK" in await line.answer()
        house.fill()
        line.writer.write(POST)
        assert await line.answer() == NO
        assert house.asked == 1


@pytest.mark.parametrize(
    "path", [b"/2/tweets/search/stream", b"/2/tweets/search/stream/rules", b"/livez", b"/media/3_1"]
)
async def test_what_is_not_counted_is_let_through(path: bytes) -> None:
    house = House()
    async with house.line() as line:
        house.fill()
        line.writer.write(b"GET %b HTTP/1.1\r\nHost: x\r\n\r\n" % path)
        assert (await line.answer()).endswith(path)


async def test_no_answer_overtakes_another() -> None:
    house = House()
    async with house.line() as line:
        await house.is_at_work_for(line)
        house.fill()
        line.writer.write(GET)
        await house.has_received(2)
        house.may_answer.set()
        assert (await line.answer()).endswith(b"/2/tweets")
        assert (await line.answer()).endswith(b"/2/tweets/1")


async def test_one_that_comes_in_pieces_is_read_to_its_end() -> None:
    house = House()
    async with house.line() as line:
        house.fill()
        for number, piece in enumerate((POST[:10], POST[10:60], POST[60:]), 1):
            line.writer.write(piece)
            await house.has_received(number)
        assert (await line.answer()).endswith(b"/2/tweets")
        line.writer.write(GET)
        assert (await line.answer()).endswith(b"/2/tweets/1")


async def test_what_is_too_much_and_cannot_be_turned_away_at_the_door_has_not_come_through_it() -> (
    None
):
    house = House()
    async with house.line() as line:
        await house.is_at_work_for(line)
        house.fill()
        line.writer.write(GET)
        house.may_answer.set()
        await line.answer()
        await line.answer()
        assert house.came == [True, False]


async def test_what_waits_behind_another_on_its_connection_is_not_on_its_way() -> None:
    house = House()
    writes = house.admissions.writes
    writes.limit = 0
    async with house.line() as line:
        await house.is_at_work_for(line)
        for _ in range(31):
            writes.comes(object())
        line.writer.write(POST)
        await house.has_received(2)
        assert not writes.full()
        house.may_answer.set()
        await line.answer()
        await line.answer()


async def test_who_leaves_at_the_door_is_not_waited_for() -> None:
    house = House()
    writes = house.admissions.writes
    writes.limit = 0
    async with house.line() as line:
        house.may_answer.clear()
        for _ in range(31):
            writes.comes(object())
        house.comes_in = False
        line.writer.write(POST)
        async with asyncio.timeout(SECONDS):
            while not writes.full():
                await asyncio.sleep(0.001)
            line.writer.close()
            while writes.full():
                await asyncio.sleep(0.001)
        house.may_answer.set()


async def test_a_crowd_that_comes_at_once_is_let_in_in_part() -> None:
    writes = Admissions().writes
    writes.limit = 1
    crowd = [object() for _ in range(32)]
    for one in crowd[1:]:
        writes.comes(one)
    assert not writes.full()
    writes.comes(crowd[0])
    writes.comes(crowd[0])
    assert writes.full()
    writes.sample(0.0)
    assert writes.full()
    assert writes.has_come(crowd[0])
    assert not writes.full()
    assert not writes.has_come(crowd[0])


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "UNREAD_SECONDS", 0.2)


@pytest.mark.usefixtures("soon")
async def test_who_reads_nothing_of_an_answer_is_shown_out() -> None:
    house = House()
    async with house.line() as line:
        line.writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        await house.has_looked(1)
        await house.has_shown_everybody_out()


@pytest.mark.usefixtures("soon")
async def test_who_leaves_little_unread_is_shown_out() -> None:
    house = House()
    async with house.line() as line:
        while not house.unsent():
            line.writer.write(b"GET /unread HTTP/1.1\r\nHost: x\r\n\r\n")
            await asyncio.sleep(0.01)
        assert house.unsent() <= FEW_BYTES + 1_000
        await house.has_shown_everybody_out()


@pytest.mark.usefixtures("soon")
async def test_who_reads_slowly_gets_all() -> None:
    house = House()
    async with house.line() as line:
        line.writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        read = 0
        for _ in range(5):
            read += len(await line.read(MANY_BYTES // 16))
            await house.has_looked(1)
        assert read + len(await line.read(-1)) > MANY_BYTES


async def test_who_reads_little_at_a_time_is_not_shown_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also of what the kernel has taken already."""
    monkeypatch.setattr(door, "UNREAD_SECONDS", 1.0)
    house = House()
    async with house.line() as line:
        line.writer.write(b"GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        async with asyncio.timeout(60):
            while house.looks < 5:
                await line.read(64 * 1024)
                await asyncio.sleep(0.1)
        assert house.server.connections


@pytest.mark.usefixtures("soon")
async def test_who_reads_nothing_of_a_stream_is_left_to_the_stream() -> None:
    house = House()
    async with house.line() as line:
        line.writer.write(b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
        await house.has_looked(3)
        assert house.server.connections
        await line.read(MANY_BYTES)


SECRET = b"birdlog_SECRET"


@pytest.mark.parametrize(
    "request_",
    [
        HEAD + b"Authorization: Bearer %s\x01\r\n\r\n" % SECRET,
        HEAD + b"Authorization: Bearer %s\r\n\r\n" % (SECRET * 1_000),
        HEAD + b"Authorization Bearer %s\r\n\r\n" % SECRET,
        b"%s / HTTP/1.1\r\n\r\n" % SECRET,
        b"GET /%s HTTP/9\r\n\r\n" % SECRET,
        b"\x16\x03\x01%s\r\n\r\n" % SECRET,
    ],
)
async def test_what_cannot_be_read_is_refused_and_logged_without_it(
    request_: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    house = House()
    async with house.line() as line:
        line.writer.write(request_)
        answer = await line.answer()
        await house.has_shown_everybody_out()
    head = answer.lower().partition(b"\r\n\r\n")[0]
    assert b" 400 bad request\r\n" in head
    assert b"content-type: application/problem+json\r\n" in head
    assert b"x-request-id: " in head
    assert SECRET not in answer
    assert "cannot be read" in caplog.text
    assert SECRET.decode() not in caplog.text


async def test_a_body_that_cannot_be_read_is_logged_without_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    house = House()
    async with house.line() as line:
        line.writer.write(b"POST /unread HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        await line.answer()
        line.writer.write(SECRET + b"\r\n")
        await house.has_shown_everybody_out()
    assert "cannot be read" in caplog.text
    assert SECRET.decode() not in caplog.text
