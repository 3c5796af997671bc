"""Processes of birdlog forked from one that has imported all that they do.

One that starts from nothing imports for a second, which is most of what a command takes. Those that
`./birdlog` itself starts are tried by `tests/streams/test_up.py`, and the session's workers are
such, too.
"""

import asyncio
import atexit
import gc
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple, NoReturn

from msgspec import Struct, json

from streams import console
from streams.cli import MODULES
from tests.processes import ROOT

MESSAGE_BYTES = 2**17
SAID_BYTES = 16
LAST_SECONDS = 10.0
SHOWN = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"}
"""How plain what is printed is, is decided by an import."""


class Command(Struct):
    """The command line, else what `python -m` would run of `module`."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    module: str = ""


class Ended(NamedTuple):
    code: int
    out: bytes
    err: bytes


@cache
def _forks() -> socket.socket:
    """Where commands are sent. The process behind it ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "tests.forking", str(theirs.fileno())],
        pass_fds=[theirs.fileno()], cwd=ROOT, env=os.environ | SHOWN | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait(LAST_SECONDS)

    atexit.register(end)
    return ours


def run(
    arguments: Sequence[str], environment: Mapping[str, str], given: bytes, seconds: float
) -> Ended:
    """Raises `TimeoutError` when it takes longer; it is killed then."""
    with TemporaryFile() as stdin, TemporaryFile() as out, TemporaryFile() as err:
        stdin.write(given)
        stdin.seek(0)
        fds = stdin.fileno(), out.fileno(), err.fileno()
        with _fork(Command(arguments, environment), fds) as process:
            process.settimeout(seconds)
            process.recv(SAID_BYTES)
            code = int(process.recv(SAID_BYTES))
        out.seek(0)
        err.seek(0)
        return Ended(code, out.read(), err.read())


class Started:
    """A process that goes on, with what of `asyncio.subprocess.Process` tests ask for.

    It does not outlive this process.
    """

    def __init__(self, said: socket.socket, pid: int, pidfd: int) -> None:
        self.pid = pid
        self._pidfd = pidfd
        said.setblocking(False)
        self._ended = asyncio.create_task(self._wait(said))

    @property
    def returncode(self) -> int | None:
        return self._ended.result() if self._ended.done() else None

    def send_signal(self, number: int) -> None:
        """Also to one that has ended, to no effect."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        return await asyncio.shield(self._ended)

    async def _wait(self, said: socket.socket) -> int:
        with said:
            code = int(await asyncio.get_running_loop().sock_recv(said, SAID_BYTES))
        os.close(self._pidfd)
        return code


async def start(*module: str, environment: Mapping[str, str], log: Path) -> Started:
    """`python -m …`, with more in its environment than the tests have."""
    name, *arguments = module
    command = Command(arguments, {**os.environ, "PYTHONPATH": str(ROOT), **environment}, name)
    return Started(*await asyncio.to_thread(_fork_quietly, command, log))


def _fork_quietly(command: Command, log: Path) -> tuple[socket.socket, int, int]:
    with Path(os.devnull).open("rb") as nothing, log.open("ab") as output:
        said = _fork(command, (nothing.fileno(), output.fileno(), output.fileno()))
    pid, (pidfd,), _, _ = socket.recv_fds(said, SAID_BYTES, 1)
    return said, int(pid), pidfd


def _fork(command: Command, streams: Sequence[int]) -> socket.socket:
    """What is said of the process, which is killed when nobody listens any more: its id, and then
    its exit code."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        socket.send_fds(_forks(), [json.encode(command)], [*streams, theirs.fileno()])
    return ours


def _serve(commands: socket.socket) -> None:
    """Forks for each command, until no more can come."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, fds, _, _ = socket.recv_fds(commands, MESSAGE_BYTES, 4)
        if not message:
            return
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            commands.close()
            *streams, ended = fds
            if (child := os.fork()) == 0:
                os.close(ended)
                _begin(json.decode(message, type=Command), streams)
            _watch(child, ended)
        for fd in fds:
            os.close(fd)


def _watch(child: int, ended: int) -> NoReturn:
    """Tells who it is and how it ends, unless nobody waits for that any more."""
    pidfd, told = os.pidfd_open(child), socket.socket(fileno=ended)
    with suppress(BrokenPipeError):
        socket.send_fds(told, [str(child).encode()], [pidfd])
    waiting = select.poll()
    waiting.register(pidfd, select.POLLIN)
    waiting.register(ended, 0)
    if ended in dict(waiting.poll()):
        os.kill(child, signal.SIGKILL)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    told.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _begin(command: Command, streams: Sequence[int]) -> NoReturn:
    """Does what the command says, and ends the process."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in what runs behind a shell
    for number, fd in enumerate(streams):
        os.dup2(fd, number)
        os.close(fd)
    os.environ.clear()
    os.environ.update(command.environment)
    if command.module:
        sys.argv[1:] = command.arguments
        runpy.run_module(command.module, run_name="__main__", alter_sys=True)
        sys.exit(0)
    for screen in (console.out, console.err):  # which were as wide as this process's when imported
        screen.width = int(os.environ["COLUMNS"])
    os.chdir("/")
    import_module("streams.cli").app(command.arguments, prog_name="birdlog")
    sys.exit(0)


if __name__ == "__main__":
    for name in {f"streams.commands.{name}" for name in MODULES.values()}:
        import_module(name)
    for name in ("streams.worker", "gateway.app"):
        import_module(name)
    gc.freeze()  # so that what was imported stays shared
    with socket.socket(fileno=int(sys.argv[1])) as from_tests:
        _serve(from_tests)
