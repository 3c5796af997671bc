"""How far a view is, told while it is filled, by whomever."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from events.positions import Partition
from events.tasks import cancel_all
from projections.view import View

REPORT_SECONDS = 0.25

Offsets = Mapping[Partition, int]
Progress = Callable[[Offsets, Offsets], None]
"""Called with the records done and the records known, by partition."""


@asynccontextmanager
async def reporting(view: View, end: Offsets, progress: Progress) -> AsyncIterator[None]:
    """Tells within the block now and then, and at its end that all is done, if it ends well."""

    async def report() -> None:
        while True:
            try:
                stored = await view.checkpoints()
            except view.transient:
                stored = {}  # whoever fills it will see the same, and say so
            if stored:
                progress({p: min(stored.get(p, 0), last) for p, last in end.items()}, end)
            await asyncio.sleep(REPORT_SECONDS)

    task = asyncio.create_task(report())
    try:
        yield
        progress(end, end)
    finally:
        await cancel_all([task])
