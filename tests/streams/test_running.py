import asyncio
import os
import signal

import pytest
import typer

from streams.commands.running import run


async def interrupted_once() -> None:
    """As `asyncio.wait_for` may do in Python 3.11, it does not see its first cancellation."""
    os.kill(os.getpid(), signal.SIGINT)
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.Event().wait()


def test_ctrl_c_ends_a_command_that_swallows_it() -> None:
    with pytest.raises(typer.Exit) as ended:
        run(interrupted_once())
    assert ended.value.exit_code == 130
