import asyncio
import os
import signal
from collections.abc import Iterator

import pytest
import typer

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
