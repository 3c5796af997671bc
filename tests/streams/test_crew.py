"""Processes that help to fill a generation: they end with the one that they help."""

import asyncio
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from streams.rebuilding.builds import Build
from streams.rebuilding.crew import Told, crew

SECONDS = 30.0
BUILD = Build("tweets", 7, "rebuild")


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and that nobody has asked for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def helping(folder: Path) -> Callable[[Told], None]:
    """Leaves a file when it is told of a build, and another one when it is told to end."""

    async def help_build(told: Told) -> None:
        build = await told.build()
        name = "none" if build is None else f"{build.view} {build.generation} {build.purpose}"
        (folder / f"{os.getpid()}").write_text(name)
        if build is not None:
            await told.end()
            (folder / f"{os.getpid()} ended").touch()

    return lambda told: asyncio.run(help_build(told))


def test_helpers_are_told_of_the_build_and_end_with_the_block(tmp_path: Path) -> None:
    script = f"""
import time
from pathlib import Path
from streams.rebuilding.crew import crew
from tests.streams.test_crew import BUILD, helping, wait_for

folder = Path({str(tmp_path)!r})
with crew(2, helping(folder)) as helpers:
    helpers.fill(BUILD)
    wait_for(lambda: len(list(folder.iterdir())) == 2)
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=SECONDS)
    told = [file for file in tmp_path.iterdir() if not file.name.endswith("ended")]
    assert [file.read_text() for file in told] == ["tweets 7 rebuild"] * 2
    assert all((tmp_path / f"{file.name} ended").exists() for file in told)


def test_what_is_asked_apart_is_answered_or_not() -> None:
    script = """
import os
from streams.rebuilding.crew import asked_apart

assert asked_apart(lambda: 7) == 7
assert asked_apart(lambda: None) is None
assert asked_apart(lambda: os._exit(3)) is None
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=SECONDS)


@pytest.mark.parametrize("begun", [True, False])
def test_helpers_end_when_the_one_that_they_help_is_killed(tmp_path: Path, begun: bool) -> None:
    script = f"""
import os, signal
from pathlib import Path
from streams.rebuilding.crew import crew
from tests.streams.test_crew import BUILD, helping, wait_for

folder = Path({str(tmp_path)!r})
with crew(2, helping(folder)) as helpers:
    if {begun}:
        helpers.fill(BUILD)
        wait_for(lambda: len(list(folder.iterdir())) == 2)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", script], check=False, timeout=SECONDS)
    assert killed.returncode == -9
    wait_for(lambda: len(list(tmp_path.iterdir())) == (4 if begun else 2))
    wait_for(lambda: not any(alive(int(file.name.split()[0])) for file in tmp_path.iterdir()))


def test_a_helper_that_has_ended_is_done_without(tmp_path: Path) -> None:
    script = f"""
import multiprocessing
from pathlib import Path
from streams.rebuilding.crew import crew
from tests.streams.test_crew import BUILD, wait_for

with crew(1, lambda told: None) as helpers:
    wait_for(lambda: not multiprocessing.active_children())
    helpers.fill(BUILD)
Path({str(tmp_path / "filled")!r}).touch()
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=SECONDS)
    assert (tmp_path / "filled").exists()


def test_no_helpers_are_needed() -> None:
    with crew(0, lambda told: None) as helpers:
        helpers.fill(BUILD)
        assert multiprocessing.active_children() == []
