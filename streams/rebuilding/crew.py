"""Processes that help this one to fill a generation.

A process of Python keeps one core busy, however many the machine has. They are forked, which takes
milliseconds, where a program that is started anew would first load all of ours.
"""

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from msgspec import json

from streams.rebuilding.builds import Build

END_SECONDS = 10.0


class Told:
    """A helper's end of what its leader says: which build, and then nothing but its own end."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    async def build(self) -> Build | None:
        """None when the leader has ended before there was one."""
        await self._anything()
        try:
            return json.decode(self._pipe.recv_bytes(), type=Build)
        except EOFError:
            return None

    async def end(self) -> None:
        """Returns when the leader has ended, in whatever way."""
        await self._anything()

    async def _anything(self) -> None:
        readable = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(self._pipe.fileno(), readable.set)
        try:
            await readable.wait()
        finally:
            loop.remove_reader(self._pipe.fileno())


class Crew:
    def __init__(self, pipes: Sequence[Connection]) -> None:
        self._pipes = pipes

    def fill(self, build: Build) -> None:
        """A helper that has ended, since PostgreSQL did not take it in, say, is done without."""
        for pipe in self._pipes:
            with suppress(BrokenPipeError):
                pipe.send_bytes(json.encode(build))


@contextmanager
def crew(count: int, work: Callable[[Told], None]) -> Iterator[Crew]:
    """`count` helpers, each at `work`, until the block ends.

    To be entered before this process has threads or an event loop, which no fork would survive.
    """
    pipes = [Pipe(duplex=False) for _ in range(count)]
    ends = [end for both in pipes for end in both]
    helpers = [
        get_context("fork").Process(target=_help, args=(mine, ends, work), daemon=True)
        for mine, _ in pipes
    ]
    for helper in helpers:
        helper.start()
    for mine, _ in pipes:
        mine.close()
    try:
        yield Crew([theirs for _, theirs in pipes])
    finally:
        for _, theirs in pipes:
            theirs.close()
        for helper in helpers:
            _end(helper)


def asked_apart(ask: Callable[[], int | None]) -> int | None:
    """The answer of a process of its own, since asking a server takes an event loop, which no later
    fork would survive. None where it has none, or ends without."""
    mine, theirs = Pipe(duplex=False)
    asking = get_context("fork").Process(target=_answer, args=(theirs, ask), daemon=True)
    asking.start()
    theirs.close()
    try:
        return json.decode(mine.recv_bytes(), type=int | None)
    except EOFError:
        return None
    finally:
        mine.close()
        _end(asking)


def _answer(theirs: Connection, ask: Callable[[], int | None]) -> None:
    theirs.send_bytes(json.encode(ask()))


def _help(mine: Connection, ends: Sequence[Connection], work: Callable[[Told], None]) -> None:
    """Keeps no other end open, so that the leader's death, even by SIGKILL, is seen at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's goes to all; the leader ends us
    for end in ends:
        if end is not mine:
            end.close()
    work(Told(mine))


def _end(helper: BaseProcess) -> None:
    helper.join(END_SECONDS)
    if helper.is_alive():
        helper.kill()
        helper.join()
