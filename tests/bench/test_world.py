from pathlib import Path

import pytest

from bench.world import command, process
from deploy.home import CLONE, Home
from deploy.identity import Identity
from deploy.stack import Stack
from gateway import limits
from tests.deploy.fakes import until


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """Of which nothing runs."""
    return Stack(Home(tmp_path), 20_000)


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", f"{CLONE}:{tmp_path}")
    return tmp_path


async def test_a_process_that_ends_before_it_should_is_noticed(stack: Stack) -> None:
    with pytest.raises(RuntimeError, match="antigravity_not ended before it should: 1"):
        async with process(stack, ["antigravity_not"]) as pid:
            await until(lambda: not Path(f"/proc/{pid}").exists())


async def test_a_process_that_does_not_stop_is_killed(
    stack: Stack, modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.world.READY_SECONDS", 0.2)
    (modules / "deaf.py").write_text(
        "import pathlib, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "(pathlib.Path(__file__).parent / 'deaf').touch()\n"
        "time.sleep(600)\n"
    )
    with pytest.raises(TimeoutError):
        async with process(stack, ["deaf"]) as pid:
            await until((modules / "deaf").exists)
    assert Identity.of(pid) is None


async def test_the_limits_of_the_machine_are_not_those_of_the_bench(
    stack: Stack, modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(limits.VARIABLE, "off")
    (modules / "limited.py").write_text(
        "import os, pathlib, time\n"
        f"said = os.environ[{limits.VARIABLE!r}]\n"
        "(pathlib.Path(__file__).parent / 'said').write_text(said)\n"
        "time.sleep(600)\n"
    )
    said = modules / "said"
    async with process(stack, ["limited"]):
        await until(lambda: said.exists() and said.read_text() != "")
    assert said.read_text() == "10000"


async def test_a_command_that_takes_too_long_is_killed(
    stack: Stack, modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bench.world.COMMAND_SECONDS", 2)
    (modules / "slow.py").write_text(
        "import os, pathlib, time\n"
        "(pathlib.Path(__file__).parent / 'pid').write_text(str(os.getpid()))\n"
        "time.sleep(600)\n"
    )
    with pytest.raises(TimeoutError):
        await command(stack, ["slow"])
    assert Identity.of(int((modules / "pid").read_text())) is None
