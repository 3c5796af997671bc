"""What a supervisor that is dead has left, and what only looks like it."""

import errno
import io
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from deploy import record
from deploy.home import Home
from deploy.identity import Identity
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
def part(silent: Stack) -> Iterator[Identity]:
    """A part that the record of a dead supervisor names."""
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        identity = Identity.of(process.pid)
        assert identity is not None
        left = StackRecord(GONE, 20_000, "ready", time.time(), {})
        left.parts = [PartRecord("worker", "-", "ready", identity)]
        silent.home.root.mkdir()
        record.write(silent.home.record, left)
        yield identity
        process.kill()


async def test_what_is_left_over_is_ended_also_when_nothing_can_be_said(
    silent: Stack, part: Identity
) -> None:
    assert await silent.down()
    assert not part.alive()
    assert not await silent.down()
