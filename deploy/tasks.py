"""Ending tasks for certain, as `events/tasks.py` does, which this room may not know, and work that
is not ended by a cancellation."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

_AGAIN = 0.5

T = TypeVar("T")


async def cancel_all(tasks: Sequence[asyncio.Future[Any]]) -> None:
    """Cancels them until they are done, whatever they raise: clients of servers may swallow a
    cancellation, aiokafka's while it closes."""
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=_AGAIN)
    await asyncio.gather(*tasks, return_exceptions=True)


async def to_the_end(work: Coroutine[Any, Any, T], seconds: float) -> T:
    """Its result, however often whoever waits for it is cancelled: that is raised afterwards.

    Raises `TimeoutError` when it takes longer than `seconds`, and what the work raises.
    """
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    cancelled: asyncio.CancelledError | None = None
    while not task.done() and (left := until - loop.time()) > 0:
        try:
            await asyncio.wait({task}, timeout=left)
        except asyncio.CancelledError as error:
            cancelled = error
    if not task.done():
        await cancel_all([task])
        raise TimeoutError(f"not over in {seconds:.0f} s") from cancelled
    result = task.result()
    if cancelled is not None:
        raise cancelled
    return result
