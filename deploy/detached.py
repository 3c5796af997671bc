"""A supervisor in the background: started from a terminal, stopped from another."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from deploy.child import tail
from deploy.failure import StackError
from deploy.home import Home
from deploy.identity import Identity
from deploy.leftovers import end_leftovers
from deploy.notebook import Notebook

Report = Callable[[str], None]


async def run(
    argv: Sequence[str], home: Home, notebook: Notebook, report: Report, timeout: float
) -> None:
    """Start the command in a session of its own and pass on its lines until it is ready."""
    log = home.log("up")
    supervisor = _spawn(argv, log)
    end = time.monotonic() + timeout
    with log.open() as lines:
        while True:
            ended = supervisor.poll() is not None
            for line in lines.read().splitlines():
                report(line)
            if ended:
                raise StackError(f"birdlog did not come up; see the lines above or {log}")
            if _is_ready(notebook, supervisor.pid):
                supervisor.returncode = 0
                return
            if time.monotonic() > end:
                supervisor.send_signal(signal.SIGTERM)
                raise StackError(f"birdlog is not ready after {timeout:.0f} s:\n{tail(log)}")
            await asyncio.sleep(0.1)


def _spawn(argv: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )


def stop(home: Home, notebook: Notebook, report: Report, timeout: float) -> bool:
    """Signal the supervisor and wait until the home is free. Blocking."""
    if not home.is_locked():
        with home.locked():
            return end_leftovers(notebook, report)
    found = notebook.read()
    if found is None or not found.supervisor.alive():  # a record of before, whose number is anybody
        raise StackError(f"the stack in {home.root} is only just starting: try again")
    supervisor = found.supervisor
    _signal(supervisor, signal.SIGTERM)
    if not _stopped(home, supervisor, timeout):
        report(f"the supervisor did not stop in {timeout:.0f} s, killing it")
        _signal(supervisor, signal.SIGKILL)
        if not _stopped(home, supervisor, 10):
            raise StackError(f"process {supervisor.pid} cannot be stopped")
        with home.locked():
            end_leftovers(notebook, report)
    return True


def _stopped(home: Home, supervisor: Identity, timeout: float) -> bool:
    """Whether it gave the home up in time, maybe to a next one."""
    end = time.monotonic() + timeout
    while home.is_locked() and supervisor.alive():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def _is_ready(notebook: Notebook, pid: int) -> bool:
    found = notebook.read()
    return found is not None and found.phase == "ready" and found.supervisor.pid == pid


def _signal(supervisor: Identity, number: signal.Signals) -> None:
    if supervisor.alive():
        with suppress(ProcessLookupError):
            os.kill(supervisor.pid, number)
