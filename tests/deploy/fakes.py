"""Parts that are real processes and do nothing but tell what happens to them."""

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from deploy.home import Home
from deploy.part import Part
from deploy.supervisor import Supervisor

POLITE = """
import pathlib, signal, sys, time
folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
def note(what):
    with (folder / "diary").open("a") as diary: diary.write(f"{name} {what}\\n")
def stop(*_):
    note("stops"); (folder / f"{name}.ready").unlink(); sys.exit(0)
signal.signal(signal.SIGTERM, stop)
note("starts"); time.sleep(0.1); note("is ready"); (folder / f"{name}.ready").touch()
while True: time.sleep(60)
"""

DEAF = """
import pathlib, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
below = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path(sys.argv[1], f"{sys.argv[2]}.ready").write_text(str(below.pid))
time.sleep(600)
"""

WAITING = """
import pathlib, sys, time
folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
(folder / f"{{name}} starts").touch()
while not (folder / "{other} starts").exists(): time.sleep(0.01)
(folder / f"{{name}}.ready").touch()
time.sleep(600)
"""
"""Is ready when another has started."""

NEVER = "import time; time.sleep(600)"
"""Is never ready."""

FERTILE = """
import os, pathlib, sys, time
pathlib.Path(sys.argv[1], f"{sys.argv[2]}.ready").touch()
if os.fork() == 0: time.sleep(600)
os.fork(), os.fork()
for _ in range(1_000):
    if os.fork() == 0: time.sleep(600)
"""

FAILING = "import sys; print('the disk is full'); sys.exit(3)"


def fake(folder: Path, name: str, script: str = POLITE, **changed: Any) -> Part:
    """A part that is ready when `folder`/NAME.ready exists; POLITE ones write `folder`/diary."""
    mark = folder / f"{name}.ready"

    async def ready() -> None:
        if not mark.exists():
            raise ConnectionError("no mark yet")

    part = Part(
        name,
        (sys.executable, "-c", script, str(folder), name),
        ready=ready,
        start_timeout=20,
        stop_timeout=5,
    )
    return replace(part, **changed)


@dataclass
class Scene:
    """A supervisor, the lines it reported, and the folder of its fakes."""

    folder: Path
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.home = Home(self.folder / "home")
        self.supervisor = Supervisor(self.home, self.lines.append, lambda: None)

    def diary(self) -> list[str]:
        return (self.folder / "diary").read_text().splitlines()


async def until(true: Callable[[], bool], timeout: float = 20) -> None:
    """Wait for a condition; fails the test after `timeout` seconds."""
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end, "waited in vain"
        await asyncio.sleep(0.02)
