"""Filling a view from others that it uses, for as long as those are the ones that are read."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

from events.tasks import cancel_all
from projections.generations import Generations
from projections.registry import used_by

LOOK_SECONDS = 0.5


async def while_used(
    view: str,
    at: Generations,
    now: Callable[[], Awaitable[Generations]],
    work: Coroutine[None, None, None],
) -> bool:
    """Ends the work, and is false, when a view that `view` uses has gone on to another generation:
    the one that it has at hand gets nothing more, and goes."""
    task = asyncio.create_task(work)
    try:
        while True:
            done, _ = await asyncio.wait({task}, timeout=LOOK_SECONDS)
            if done:
                await task
                return True
            found = await now()
            if any(found[used] != at[used] for used in used_by(view)[1:]):
                return False
    finally:
        await cancel_all([task])
