"""Ending tasks for certain."""

import asyncio
from contextlib import suppress

import pytest

from events import tasks
from events.tasks import cancel_all


async def test_a_task_that_swallows_a_cancellation_ends_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "AGAIN_SECONDS", 0.01)

    async def stubborn() -> None:
        for _ in range(2):
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(3_600)
        await asyncio.sleep(3_600)

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await cancel_all([task])
    assert task.cancelled()


async def test_what_a_task_raises_is_its_own_affair() -> None:
    async def fails() -> None:
        raise ValueError

    async def ends() -> None:
        return

    await cancel_all([])
    await cancel_all([asyncio.create_task(fails()), asyncio.create_task(ends())])
