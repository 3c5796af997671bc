"""All who wait are taken at once, and nobody is lost when no more can be."""

import asyncio
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import cast

import pytest

from deploy.ports import free_base
from gateway import listening as module
from gateway.listening import listening

HOST = "127.0.0.1"
CROWD = 100
SECONDS = 10.0


class Guests:
    """Protocols that greet and count."""

    def __init__(self) -> None:
        self.taken = 0

    def make(self) -> asyncio.Protocol:
        guests = self

        class Guest(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                guests.taken += 1
                cast("asyncio.Transport", transport).write(b"come in")
                transport.close()

        return Guest()

    async def wait_for(self, number: int) -> None:
        async with asyncio.timeout(SECONDS):
            while self.taken < number:
                await asyncio.sleep(0.001)


@contextmanager
def no_more_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    os.close(free := os.dup(0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_crowd_is_taken_in_a_few_turns_of_the_loop() -> None:
    guests, port = Guests(), free_base()
    with ExitStack() as callers:
        async with listening(guests.make, HOST, port):
            for _ in range(CROWD):
                callers.enter_context(socket.create_connection((HOST, port)))
            for _ in range(CROWD // 10):
                await asyncio.sleep(0)
            assert guests.taken == CROWD


async def test_who_cannot_be_taken_for_want_of_files_waits(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "FULL_SECONDS", 0.05)
    guests, port = Guests(), free_base()
    async with listening(guests.make, HOST, port):
        with socket.create_connection((HOST, port)) as caller:
            with no_more_files():
                async with asyncio.timeout(SECONDS):
                    while caplog.text.count("no more connections can be taken") < 2:
                        await asyncio.sleep(0.001)
            assert guests.taken == 0
            await guests.wait_for(1)
            assert await asyncio.to_thread(caller.recv, 100) == b"come in"


async def test_who_is_gone_again_stops_nobody() -> None:
    guests, port = Guests(), free_base()
    async with listening(guests.make, HOST, port):
        gone = socket.create_connection((HOST, port))
        gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        gone.close()
        with socket.create_connection((HOST, port)) as caller:
            await guests.wait_for(1)
            assert await asyncio.to_thread(caller.recv, 100) == b"come in"


async def test_nobody_is_taken_afterwards() -> None:
    guests, port = Guests(), free_base()
    async with listening(guests.make, HOST, port):
        pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, port))


async def test_an_address_that_is_taken_is_an_error() -> None:
    guests, port = Guests(), free_base()
    async with listening(guests.make, HOST, port):
        with pytest.raises(OSError, match="in use"):
            async with listening(guests.make, HOST, port):
                pass


async def test_an_address_of_another_machine_is_an_error() -> None:
    with pytest.raises(OSError, match="assign"):
        async with listening(Guests().make, "192.0.2.1", free_base()):
            pass


@pytest.mark.parametrize("host", ["localhost", HOST, ""])
async def test_hosts_of_every_kind(host: str) -> None:
    guests, port = Guests(), free_base()
    async with listening(guests.make, host, port):
        with socket.create_connection((host or HOST, port)):
            await guests.wait_for(1)
