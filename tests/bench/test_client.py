"""Answers as they come over a socket, in whatever pieces."""

import asyncio

import pytest

from bench.client import Answer, BadAnswer, Connection

FIRST = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX: y\r\n\r\nbird"
SECOND = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length:0\r\n\r\n"


class Wire(asyncio.Transport):
    """Takes what is sent."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return False


@pytest.fixture
def said() -> list[Answer | BadAnswer]:
    return []


@pytest.fixture
def connection() -> Connection:
    connection = Connection()
    connection.connection_made(Wire())
    return connection


@pytest.mark.parametrize("size", [1, 2, 7, len(FIRST) - 1, len(FIRST)])
def test_an_answer_is_whole_however_it_is_cut(
    connection: Connection, said: list[Answer | BadAnswer], size: int
) -> None:
    connection.ask(b"GET", said.append)
    for start in range(0, len(FIRST), size):
        assert said == []
        connection.data_received(FIRST[start : start + size])
    assert said == [(200, b"bird")]


def test_each_answer_goes_to_its_request(
    connection: Connection, said: list[Answer | BadAnswer]
) -> None:
    for answer in (FIRST, SECOND, FIRST):
        connection.ask(b"GET", said.append)
        connection.data_received(answer)
    assert said == [(200, b"bird"), (503, b""), (200, b"bird")]


def test_an_answer_without_a_length_is_a_bad_one(
    connection: Connection, said: list[Answer | BadAnswer]
) -> None:
    connection.ask(b"GET", said.append)
    connection.data_received(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    assert isinstance(said[0], BadAnswer)


def test_a_length_in_the_body_is_none(
    connection: Connection, said: list[Answer | BadAnswer]
) -> None:
    connection.ask(b"GET", said.append)
    connection.data_received(b"HTTP/1.1 200 OK\r\n\r\n\r\ncontent-length: 1\r\n\r\nx")
    assert isinstance(said[0], BadAnswer)


def test_a_lost_connection_answers_who_waits(
    connection: Connection, said: list[Answer | BadAnswer]
) -> None:
    connection.ask(b"GET", said.append)
    connection.connection_lost(None)
    connection.connection_lost(None)
    assert len(said) == 1
    assert isinstance(said[0], BadAnswer)
