"""Stacks in processes of their own, over servers that the environment gives."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from deploy.failure import StackError
from deploy.home import CLONE, Home
from deploy.identity import Identity
from deploy.ports import free_base
from deploy.stack import Stack
from tests.deploy.fakes import fake, until


class Aside:
    """A stack with two fake parts and the command that brings it up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines = (folder / "lines").open("w+")
        self.stack = Stack(Home(folder / "home"), free_base(), console=Console(file=self.lines))

    def argv(self, script: str = "POLITE") -> list[str]:
        stack = self.stack
        module = ("-m", "tests.deploy.supervised")
        where = (str(stack.home.root), str(stack.port_base), str(self.folder), script)
        return [sys.executable, *module, *where]

    def processes(self) -> list[Identity]:
        record = self.stack.notebook.read()
        assert record is not None
        return [part.identity for part in record.parts if part.identity is not None]

    def supervisor(self) -> int:
        record = self.stack.notebook.read()
        assert record is not None
        return record.supervisor.pid

    def said(self) -> str:
        self.lines.flush()
        return (self.folder / "lines").read_text()


@pytest.fixture
def aside(given: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aside]:
    monkeypatch.setenv("PYTHONPATH", str(CLONE))
    aside = Aside(tmp_path)
    yield aside
    aside.lines.close()


async def test_a_detached_stack_comes_up_and_goes_down(aside: Aside) -> None:
    await aside.stack.detach(aside.argv(), timeout=60)
    parts = aside.processes()
    health = {part.name: part for part in await aside.stack.health()}
    assert health["gateway"].healthy
    assert health["worker"].detail == f"process {parts[0].pid}, ready"
    assert "gateway        ready in" in aside.said()
    with pytest.raises(StackError, match="already running"):
        await aside.stack.detach(aside.argv(), timeout=60)
    assert await aside.stack.down()
    assert not any(part.alive() for part in parts)
    diary = (aside.folder / "diary").read_text().splitlines()
    assert diary[0] == "hook"
    assert diary[-2:] == ["gateway stops", "worker stops"]
    assert not await aside.stack.down()


async def test_a_detached_stack_that_fails_says_why(aside: Aside) -> None:
    with pytest.raises(StackError, match="did not come up"):
        await aside.stack.detach(aside.argv("FAILING"), timeout=60)
    assert "worker ended with exit code 3" in aside.said()
    assert "the disk is full" in aside.said()
    assert not aside.stack.home.is_locked()


@pytest.mark.parametrize("seconds", [10, 60])
async def test_a_stack_that_is_not_waited_for_any_more_is_stopped(
    aside: Aside, seconds: int
) -> None:
    """When the time is over, or by Ctrl-C."""
    detaching = asyncio.create_task(aside.stack.detach(aside.argv("NEVER"), timeout=seconds))
    await until(lambda: aside.stack.notebook.read() is not None and bool(aside.processes()))
    (worker,) = aside.processes()
    if seconds == 60:
        detaching.cancel()
    with pytest.raises((asyncio.CancelledError, StackError)) as raised:
        await detaching
    assert raised.type is asyncio.CancelledError or "not ready after 10 s" in str(raised.value)
    assert not worker.alive()
    assert not aside.stack.home.is_locked()


async def test_no_part_outlives_a_killed_supervisor(aside: Aside) -> None:
    await aside.stack.detach(aside.argv(), timeout=60)
    parts = aside.processes()
    os.kill(aside.supervisor(), signal.SIGKILL)
    await until(lambda: not any(part.alive() for part in parts))


async def test_the_next_stack_ends_what_was_left_over(
    aside: Aside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.leftovers._STOP_TIMEOUT", 0.5)
    await aside.stack.detach(aside.argv("DEAF"), timeout=60)
    deaf = aside.processes()[0]
    os.kill(aside.supervisor(), signal.SIGKILL)
    await until(lambda: not aside.stack.home.is_locked())
    assert deaf.alive()
    os.kill(deaf.pid, signal.SIGKILL)
    assert deaf.members(), "what the part had started is still there"
    assert await aside.stack.down()
    assert not deaf.members()


async def start(aside: Aside, script: str = "POLITE") -> asyncio.subprocess.Process:
    with (aside.folder / "out").open("w") as output:
        return await asyncio.create_subprocess_exec(
            *aside.argv(script), stdout=output, stderr=output
        )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_ctrl_c_stops_all_and_so_does_a_closed_terminal(
    aside: Aside, number: signal.Signals
) -> None:
    process = await start(aside)
    await until(lambda: (aside.folder / "gateway.ready").exists())
    process.send_signal(number)
    async with asyncio.timeout(20):
        await process.wait()
    assert process.returncode == 0
    diary = (aside.folder / "diary").read_text().splitlines()
    assert diary[-2:] == ["gateway stops", "worker stops"]


async def test_a_start_that_is_broken_off_leaves_nothing(aside: Aside) -> None:
    process = await start(aside, "NEVER")
    await until(lambda: aside.stack.notebook.read() is not None and bool(aside.processes()))
    (worker,) = aside.processes()
    process.terminate()
    async with asyncio.timeout(20):
        await process.wait()
    assert process.returncode == 0
    assert not worker.alive()
    assert aside.stack.notebook.read() is None


async def test_a_stack_is_stopped_to_the_end_however_often_that_is_interrupted(
    aside: Aside,
) -> None:
    parts = [fake(aside.folder, "worker"), fake(aside.folder, "gateway", after=("worker",))]

    async def run() -> None:
        async with aside.stack.running():
            await aside.stack.start(parts)
            await asyncio.Event().wait()

    running = asyncio.create_task(run())
    await until(lambda: (aside.folder / "gateway.ready").exists())
    while not running.done():
        running.cancel()
        await asyncio.sleep(0.01)
    assert running.cancelled()
    diary = (aside.folder / "diary").read_text().splitlines()
    assert diary[-2:] == ["gateway stops", "worker stops"]
    assert aside.stack.notebook.read() is None
    assert not aside.stack.home.is_locked()


async def test_a_given_server_that_does_not_answer_is_a_clear_error(
    aside: Aside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.stack._GIVEN_TIMEOUT", 0.5)
    monkeypatch.setenv("REDIS_URL", "redis://me:secret@127.0.0.1:1/0")
    stack = Stack(aside.stack.home, aside.stack.port_base)
    with pytest.raises(StackError, match=r"REDIS_URL \(redis://127.0.0.1:1/0\) does not answer"):
        async with stack.running():
            pass
