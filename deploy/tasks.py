"""Ending tasks for certain, as `events/tasks.py` does, which this room may not know."""

import asyncio
from collections.abc import Sequence
from typing import Any

_AGAIN = 0.5


async def cancel_all(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Cancels them until they are done, whatever they raise: clients of servers may swallow a
    cancellation, aiokafka's while it closes."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_AGAIN)
    await asyncio.gather(*tasks, return_exceptions=True)
