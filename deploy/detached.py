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
from deploy.tasks import to_the_end

Report = Callable[[str], None]
STOP_SECONDS = 90.0
"""So long a supervisor may take to stop its parts."""


async def run(
    argv: Sequence[str], home: Home, notebook: Notebook, report: Report, timeout: float
) -> None:
    """Start the command in a session of its own and pass on its lines until it is ready."""
    log = home.log("up")
    supervisor = _spawn(argv, log)
    try:
        await _until_ready(supervisor, log, notebook, report, timeout)
    except BaseException:
        ending = asyncio.to_thread(_end, supervisor, home, notebook, report)
        await to_the_end(ending, 2 * STOP_SECONDS)
        raise
    supervisor.returncode = 0  # it lives on


async def _until_ready(
    supervisor: subprocess.Popen[bytes],
    log: Path,
    notebook: Notebook,
    report: Report,
    timeout: float,
) -> None:
    end = time.monotonic() + timeout
    with log.open() as lines:
        while True:
            ended = supervisor.poll() is not None
            for line in lines.read().splitlines():
                report(line)
            if ended:
                raise StackError(f"birdlog did not come up; see the lines above or {log}")
            if _is_ready(notebook, supervisor.pid):
                return
            if time.monotonic() > end:
                raise StackError(f"birdlog is not ready after {timeout:.0f} s:\n{tail(log)}")
            await asyncio.sleep(0.1)


def _end(
    supervisor: subprocess.Popen[bytes], home: Home, notebook: Notebook, report: Report
) -> None:
    supervisor.terminate()
    try:
        supervisor.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        supervisor.kill()
        supervisor.wait()
    _end_what_it_left(home, notebook, report)


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
    _end_what_it_left(home, notebook, report)
    return True


def _end_what_it_left(home: Home, notebook: Notebook, report: Report) -> None:
    """Where a next one runs already, that has done so."""
    with home.locked_if_free() as mine:
        if mine:
            end_leftovers(notebook, report)


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
