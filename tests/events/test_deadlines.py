"""Time limits that share one timer."""

import asyncio
import math

import pytest

from events.deadlines import Deadlines

SOON = 0.05


async def test_what_is_done_in_time_hears_nothing() -> None:
    deadlines = Deadlines()
    with deadlines.within(60):
        assert len(deadlines) == 1
        await asyncio.sleep(0)
    assert len(deadlines) == 0


async def test_what_is_not_done_in_time_ends_with_a_timeout() -> None:
    deadlines = Deadlines()
    with pytest.raises(TimeoutError), deadlines.within(SOON):
        await asyncio.sleep(60)
    assert len(deadlines) == 0
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_deadline_may_be_moved() -> None:
    deadlines = Deadlines()
    with deadlines.within(SOON) as moved:
        moved.due = math.inf
        with pytest.raises(TimeoutError), deadlines.within(4 * SOON):
            await asyncio.sleep(60)
        assert len(deadlines) == 1


async def test_a_task_that_is_cancelled_by_others_is_cancelled() -> None:
    deadlines = Deadlines()
    began = asyncio.Event()

    async def wait() -> None:
        with deadlines.within(60):
            began.set()
            await asyncio.sleep(60)

    waiting = asyncio.create_task(wait())
    async with asyncio.timeout(60):
        await began.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert len(deadlines) == 0


async def test_an_error_at_the_last_moment_is_that_error() -> None:
    deadlines = Deadlines()

    async def fail() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise KeyError from None

    with pytest.raises(KeyError), deadlines.within(SOON):
        await fail()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
