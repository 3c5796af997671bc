"""What live workers do about rebuilds: stand still while theirs are compared, and change over."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from projections.generations import Generations
from projections.postgres import TRANSIENT
from projections.registry import VIEWS, affected, used_by
from projections.stores import Stores
from streams.processor import Processor
from streams.rebuilding.builds import Hold, present

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.25


class Successions:
    """`at` are the generations that the processors' views begin with."""

    def __init__(self, stores: Stores, at: Generations, processors: Sequence[Processor]) -> None:
        self._stores = stores
        self._at = at
        self._processors = processors

    async def follow(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except TRANSIENT as error:
                logger.warning("generations unknown: %r", error)

    async def look(self) -> None:
        """Raises PostgreSQL's errors."""
        now, holds = await present(self._stores.postgres)
        for processor in self._processors:
            name = processor.view.name
            if affected(name, self._at, now):
                logger.info("%s goes on at generations %s", name, now)
                old = processor.view
                await processor.rebind(VIEWS[name](self._stores, now))
                await old.close()
            _hold(processor, holds)
        self._at = now


def _hold(processor: Processor, holds: Mapping[str, Hold]) -> None:
    """A view is held with those that use it. Only one rebuild at a time compares."""
    for built, hold in holds.items():
        if processor.view.name in used_by(built):
            processor.gate.hold(hold.place, hold.seconds)
            return
    processor.gate.open()
