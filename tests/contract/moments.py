"""Trying the moments of applying batches, one run for each."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable

AT_ONCE = 6
"""Runs side by side, each on a generation of its own: it is mostly stores that they wait for."""


async def at_moments(
    run: Callable[[int], Awaitable[int]], *, first: int = 1, step: int = 1
) -> None:
    """From `first` on each `step`th, until `run` says that nobody worked so long.

    `run` answers how many workers met their fate at the moment. Work that is over before `first`
    is tried at every moment.
    """
    for start in itertools.count(first, AT_ONCE * step):
        moments = range(start, start + AT_ONCE * step, step)
        async with asyncio.TaskGroup() as group:
            runs = [group.create_task(_counted(run, moment)) for moment in moments]
        met = [task.result() for task in runs]
        if all(met):
            continue
        if start == first and not met[0]:
            assert first > 1, "nobody met any fate"
            await at_moments(run)
        return


async def _counted(run: Callable[[int], Awaitable[int]], moment: int) -> int:
    return await run(moment)
