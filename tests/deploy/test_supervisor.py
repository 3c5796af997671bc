import asyncio
import errno
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy import record
from deploy.child import Child, wait_for_answer
from deploy.failure import StackError
from deploy.home import Home
from deploy.identity import Identity
from deploy.notebook import Notebook
from deploy.part import Part
from deploy.supervisor import Supervisor
from tests.deploy.fakes import DEAF, FAILING, FERTILE, NEVER, WAITING, Scene, fake, until


@pytest_asyncio.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    scene = Scene(tmp_path)
    yield scene
    await scene.supervisor.stop()


@pytest.mark.parametrize(("reaches", "knows"), [((), True), ((Path("/usr"),), False)])
async def test_servers_do_without_the_secrets_of_our_own_parts(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, reaches: tuple[Path, ...], knows: bool
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    monkeypatch.setenv("LC_TIME", "C.UTF-8")
    part = Part("printer", ("env",), {"ES_PATH_CONF": "/etc/es"}, reaches=reaches)
    log = scene.folder / "printer.log"
    assert await (await Child.spawn(part, log)).exited() == "exit code 0"
    given = log.read_text().splitlines()
    assert ("AWS_SECRET_ACCESS_KEY=s3cret" in given) is knows
    for one in (f"PATH={os.environ['PATH']}", "LC_TIME=C.UTF-8", "ES_PATH_CONF=/etc/es"):
        assert one in given


async def test_parts_start_after_what_they_need_and_stop_before_it(scene: Scene) -> None:
    await scene.supervisor.start(
        [
            fake(scene.folder, "gateway", after=("worker",)),
            fake(scene.folder, "worker", after=("log",)),
            fake(scene.folder, "log"),
        ]
    )
    await scene.supervisor.stop()
    up = [f"{name} {what}" for name in ("log", "worker", "gateway") for what in _UP]
    assert scene.diary() == [*up, "gateway stops", "worker stops", "log stops"]
    assert [line.split()[0] for line in scene.lines] == ["log", "worker", "gateway"]


_UP = ("starts", "is ready")


async def test_independent_parts_start_side_by_side(scene: Scene) -> None:
    parts = [
        fake(scene.folder, name, WAITING.format(other=other))
        for name, other in (("one", "two"), ("two", "one"))
    ]
    await scene.supervisor.start(parts)
    assert [record.state for record in scene.supervisor.records] == ["ready", "ready"]


async def test_later_parts_may_depend_on_earlier_ones(scene: Scene) -> None:
    await scene.supervisor.start([fake(scene.folder, "log")])
    await scene.supervisor.start([fake(scene.folder, "worker", after=("log",))])
    await scene.supervisor.stop()
    assert scene.diary()[-2:] == ["worker stops", "log stops"]


async def test_a_part_that_fails_to_start_says_so_with_its_log(scene: Scene) -> None:
    with pytest.raises(StackError, match=r"worker ended with exit code 3.*\n  the disk is full"):
        async with asyncio.timeout(15):  # not only when its time to start is out
            await scene.supervisor.start([fake(scene.folder, "worker", FAILING)])


async def test_a_part_that_never_answers_fails_in_bounded_time(scene: Scene) -> None:
    part = fake(scene.folder, "slow", NEVER, start_timeout=0.5)
    with pytest.raises(StackError, match="slow does not answer after 0 s: no mark yet"):
        await scene.supervisor.start([part])


@pytest.mark.parametrize("turns", range(5))
async def test_asking_ends_when_it_shall_also_just_as_an_answer_comes(turns: int) -> None:
    answers = asyncio.Event()

    async def probe() -> None:
        await answers.wait()
        raise ConnectionError("not yet")

    asking = asyncio.create_task(wait_for_answer(probe, 60, "web"))
    await asyncio.sleep(0.01)
    answers.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait({asking}, timeout=5)
    assert asking.cancelled()


async def test_a_program_that_does_not_exist_is_a_clear_error(scene: Scene) -> None:
    part = fake(scene.folder, "ghost", argv=("/no/such/program",))
    with pytest.raises(StackError, match=r"(?s)ghost ended with .*/no/such/program"):
        async with asyncio.timeout(15):
            await scene.supervisor.start([part])


async def test_a_taken_port_is_a_clear_error(scene: Scene) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(StackError, match=f"port {number} for web is taken .*--port-base"):
            await scene.supervisor.start([fake(scene.folder, "web", ports=(number,))])


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [((), ("nobody",), "which is no part"), (("two",), ("one",), "wait for each other")],
)
async def test_impossible_orders_are_refused(
    scene: Scene, first: tuple[str, ...], second: tuple[str, ...], message: str
) -> None:
    parts = [fake(scene.folder, "one", after=first), fake(scene.folder, "two", after=second)]
    with pytest.raises(StackError, match=message):
        await Scene(scene.folder).supervisor.start(parts)


async def test_a_part_that_dies_is_restarted_and_that_is_recorded(scene: Scene) -> None:
    await scene.supervisor.start([fake(scene.folder, "worker")])
    first = scene.supervisor.records[0].identity
    await scene.supervisor.kill_part("worker", restart=True)
    await until(lambda: scene.supervisor.records[0].restarts == 1)
    await scene.supervisor.wait_ready("worker", 20)
    record = scene.supervisor.records[0]
    assert (record.state, record.last_exit) == ("ready", "SIGKILL")
    assert record.identity != first


async def test_a_restart_that_fails_is_tried_again(scene: Scene) -> None:
    tries = scene.folder / "tries"
    script = f"""
import pathlib, sys, time
tries = pathlib.Path({str(tries)!r})
tries.open("a").write("x")
if tries.stat().st_size == 2: sys.exit(9)
pathlib.Path(sys.argv[1], sys.argv[2] + ".ready").touch()
time.sleep(600)
"""
    await scene.supervisor.start([fake(scene.folder, "worker", script)])
    (scene.folder / "worker.ready").unlink()
    await scene.supervisor.kill_part("worker", restart=True)
    await until(lambda: tries.stat().st_size == 3)
    await scene.supervisor.wait_ready("worker", 20)
    assert scene.supervisor.records[0].last_exit == "exit code 9"


DYING = """
import pathlib, sys, time
pathlib.Path(sys.argv[1], sys.argv[2] + ".ready").touch()
time.sleep(0.3)
sys.exit({code})
"""


@pytest.mark.parametrize(
    ("steady", "code", "pauses"),
    [
        (60.0, 1, ["0.1", "0.2", "0.4", "0.4"]),
        (0.05, 1, ["0.1", "0.1", "0.1", "0.1"]),
        (60.0, 0, ["0.1", "0.1", "0.1", "0.1"]),
    ],
)
async def test_the_pause_before_a_restart_doubles_until_the_part_has_lived_for_a_while(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, steady: float, code: int, pauses: list[str]
) -> None:
    """Or has ended in good order, as a worker that is to subscribe anew."""
    monkeypatch.setattr("deploy.supervisor._FIRST_PAUSE", 0.1)
    monkeypatch.setattr("deploy.supervisor._LONGEST_PAUSE", 0.4)
    monkeypatch.setattr("deploy.supervisor._STEADY", steady)
    await scene.supervisor.start([fake(scene.folder, "worker", DYING.format(code=code))])
    said = f"worker         ended with exit code {code}, restarting in"
    await until(lambda: sum(said in line for line in scene.lines) >= len(pauses))
    found = [line.split()[-2] for line in scene.lines if said in line]
    assert found[: len(pauses)] == pauses


@pytest.mark.parametrize(
    "failure", [OSError(errno.ENOSPC, "No space left on device"), LookupError("No space left")]
)
async def test_whatever_fails_at_a_restart_is_waited_for(scene: Scene, failure: Exception) -> None:
    starts = 0

    async def prepare() -> None:
        nonlocal starts
        starts += 1
        if starts == 2:
            raise failure

    await scene.supervisor.start([fake(scene.folder, "kafka", prepare=prepare)])
    await scene.supervisor.kill_part("kafka", restart=True)
    await until(lambda: starts == 3)
    await scene.supervisor.wait_ready("kafka", 20)
    assert any("No space left" in line for line in scene.lines)


async def test_a_part_whose_watch_failed_can_be_stopped(tmp_path: Path) -> None:
    def report(line: str) -> None:
        assert "restarting" not in line

    supervisor = Supervisor(Home(tmp_path / "home"), report, lambda: None)
    await supervisor.start([fake(tmp_path, "worker")])
    await supervisor.kill_part("worker", restart=True)
    await until(lambda: supervisor.records[0].state == "restarting")
    await supervisor.stop()
    assert supervisor.records[0].state == "stopped"


async def test_a_part_that_cannot_be_stopped_keeps_no_other_from_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = Child.stop

    async def fail(child: Child) -> None:
        if child.part.name == "stuck":
            raise TimeoutError
        await stop(child)

    await scene.supervisor.start(
        [fake(scene.folder, "log"), fake(scene.folder, "stuck", after=("log",))]
    )
    monkeypatch.setattr(Child, "stop", fail)
    await scene.supervisor.stop()
    monkeypatch.undo()
    assert scene.diary()[-1] == "log stops"
    assert scene.lines[-1] == "stuck          TimeoutError"


async def test_what_cannot_be_noted_keeps_nothing_from_running(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    scene.home.root.mkdir()
    notebook = Notebook(scene.home)
    notebook.open(19_100, {})
    monkeypatch.setattr(record, "write", full)
    notebook.parts(scene.supervisor.records)
    notebook.phase("stopping")
    assert notebook.current_phase == "stopping"


async def test_stopped_and_killed_parts_stay_down_until_started(scene: Scene) -> None:
    await scene.supervisor.start([fake(scene.folder, "redis")])
    await scene.supervisor.stop_part("redis")
    assert scene.diary()[-1] == "redis stops"
    await scene.supervisor.start_part("redis")
    await scene.supervisor.kill_part("redis")
    assert scene.supervisor.records[0].state == "stopped"
    assert scene.supervisor.records[0].restarts == 0
    with pytest.raises(StackError, match="no part called rabbit"):
        await scene.supervisor.stop_part("rabbit")


async def test_a_part_deaf_to_its_signal_is_killed_with_its_children(scene: Scene) -> None:
    await scene.supervisor.start([fake(scene.folder, "deaf", DEAF, stop_timeout=0.3)])
    below = int((scene.folder / "deaf.ready").read_text())
    assert Identity.of(below) is not None
    await scene.supervisor.stop()
    assert Identity.of(below) is None


async def test_nobody_who_is_born_meanwhile_outlives_a_part_that_is_killed(scene: Scene) -> None:
    await scene.supervisor.start([fake(scene.folder, "fertile", FERTILE)])
    identity = scene.supervisor.records[0].identity
    assert identity is not None
    await until(lambda: len(identity.members()) > 20)
    await scene.supervisor.kill_part("fertile")
    assert identity.members() == []
