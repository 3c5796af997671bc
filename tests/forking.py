"""birdlog's command line in processes forked from one that has imported what all commands do.

One that starts from nothing imports for a second, which is most of what a command takes. Those that
`./birdlog` itself starts are tried by `tests/streams/test_up.py`.
"""

import atexit
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from tempfile import TemporaryFile
from typing import NamedTuple, NoReturn

from msgspec import Struct, json

from streams import console
from tests.processes import ROOT

MESSAGE_BYTES = 2**17
LAST_SECONDS = 10.0
SHOWN = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "200"}
"""How plain what is printed is, is decided by an import."""


class Command(Struct):
    arguments: Sequence[str]
    environment: Mapping[str, str]


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
    command = json.encode(Command(arguments, environment))
    with TemporaryFile() as stdin, TemporaryFile() as out, TemporaryFile() as err:
        stdin.write(given)
        stdin.seek(0)
        ours, theirs = socket.socketpair()
        with ours:
            fds = [stdin.fileno(), out.fileno(), err.fileno(), theirs.fileno()]
            with theirs:
                socket.send_fds(_forks(), [command], fds)
            ours.settimeout(seconds)
            code = int(ours.recv(16))
        out.seek(0)
        err.seek(0)
        return Ended(code, out.read(), err.read())


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
    """Tells how it ends, unless nobody waits for that any more."""
    waiting = select.poll()
    waiting.register(os.pidfd_open(child), select.POLLIN)
    waiting.register(ended, 0)
    if ended in dict(waiting.poll()):
        os.kill(child, signal.SIGKILL)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    os.write(ended, str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _begin(command: Command, streams: Sequence[int]) -> NoReturn:
    """Does what the command says, and ends the process."""
    for number, fd in enumerate(streams):
        os.dup2(fd, number)
        os.close(fd)
    os.environ.clear()
    os.environ.update(command.environment)
    for screen in (console.out, console.err):  # which were as wide as this process's when imported
        screen.width = int(os.environ["COLUMNS"])
    os.chdir("/")
    import_module("streams.cli").app(command.arguments, prog_name="birdlog")
    sys.exit(0)


if __name__ == "__main__":
    import_module("streams.commands.running")  # most of what any command imports
    with socket.socket(fileno=int(sys.argv[1])) as from_tests:
        _serve(from_tests)
