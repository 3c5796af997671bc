import asyncio
import os
import signal
from collections.abc import Iterator

import pytest
import typer

from deploy.failure import StackError
from deploy.tasks import to_the_end
from streams.commands.running import run


@pytest.fixture
def heeding_ctrl_c() -> Iterator[None]:
    """Also where the tests run in the background of a shell, which ignores it there."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


async def interrupted_once() -> None:
    """As `asyncio.wait_for` may do in Python 3.11, it does not see its first cancellation."""
    os.kill(os.getpid(), signal.SIGINT)
    async with asyncio.timeout(10):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()


@pytest.mark.usefixtures("heeding_ctrl_c")
def test_ctrl_c_ends_a_command_that_swallows_it() -> None:
    with pytest.raises(typer.Exit) as ended:
        run(interrupted_once())
    assert ended.value.exit_code == 130


@pytest.mark.usefixtures("heeding_ctrl_c")
def test_ctrl_c_again_does_not_cut_off_what_is_brought_to_its_end() -> None:
    opened: list[str] = []

    async def open_again() -> None:
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0.05)
        opened.append("again")

    async def interrupted() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.Event().wait()
        finally:
            await to_the_end(open_again(), 10)

    with pytest.raises(typer.Exit) as ended:
        run(interrupted())
    assert ended.value.exit_code == 130
    assert opened == ["again"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.usefixtures("heeding_ctrl_c")
def test_what_an_interrupted_command_has_to_say_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def interrupted() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise StackError("half of it is done") from None

    with pytest.raises(typer.Exit) as ended:
        run(interrupted())
    assert ended.value.exit_code == 130
    assert capsys.readouterr().err == "birdlog: half of it is done\n"
