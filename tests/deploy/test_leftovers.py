"""What a supervisor that is dead has left, and what only looks like it."""

import errno
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from deploy import record
from deploy.failure import StackError
from deploy.home import Home
from deploy.identity import Identity, boot
from deploy.record import PartRecord, StackRecord
from deploy.stack import Stack

GONE = Identity(2**22, 1)
"""There is no such process: its number is higher than any that Linux gives."""


class FullDisk(io.StringIO):
    def write(self, _: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def silent(tmp_path: Path) -> Stack:
    """One that can say nothing, and of which nothing runs."""
    return Stack(Home(tmp_path / "home"), 20_000, console=Console(file=FullDisk()))


@pytest.fixture
def process() -> Iterator[Identity]:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        identity = Identity.of(process.pid)
        assert identity is not None
        yield identity
        process.kill()


def note(stack: Stack, supervisor: Identity, *parts: Identity, since: str | None = None) -> None:
    left = StackRecord(since or boot(), supervisor, stack.port_base, "ready", {})
    left.parts = [PartRecord("worker", "-", "ready", part) for part in parts]
    stack.home.root.mkdir(exist_ok=True)
    record.write(stack.home.record, left)


async def test_what_is_left_over_is_ended_also_when_nothing_can_be_said(
    silent: Stack, process: Identity
) -> None:
    note(silent, GONE, process)
    assert await silent.down()
    assert not process.alive()
    assert not await silent.down()


async def test_a_number_that_a_supervisor_had_before_is_sent_no_signal(
    silent: Stack, process: Identity
) -> None:
    note(silent, Identity(process.pid, process.started - 1))
    with (
        silent.home.locked(),  # by one that has not written its record yet
        pytest.raises(StackError, match="only just starting: try again"),
    ):
        await silent.down(timeout=0.1)
    assert process.alive()


HOLDING = """
import fcntl, sys, time
with open(sys.argv[1], "w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    print(flush=True)
    time.sleep(60)
"""


@pytest.fixture
def supervisor(silent: Stack) -> Iterator[Identity]:
    """One that holds the home and stops nothing when it ends."""
    silent.home.root.mkdir()
    argv = [sys.executable, "-c", HOLDING, str(silent.home.root / "lock")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as holding:
        assert holding.stdout is not None
        holding.stdout.readline()
        identity = Identity.of(holding.pid)
        assert identity is not None
        yield identity
        holding.kill()


async def test_what_a_supervisor_leaves_that_ends_before_it_is_done_is_ended(
    silent: Stack, supervisor: Identity, process: Identity
) -> None:
    note(silent, supervisor, process)
    assert await silent.down(timeout=10)
    assert not process.alive()


async def test_a_supervisor_has_stopped_also_where_the_next_one_runs_at_once(
    silent: Stack, process: Identity
) -> None:
    note(silent, process)
    with silent.home.locked():
        assert await silent.down(timeout=10)
    assert not process.alive()


async def test_processes_of_before_the_machine_started_are_somebody_elses(
    silent: Stack, process: Identity
) -> None:
    note(silent, GONE, process, since="another boot")
    assert not await silent.down()
    assert process.alive()
