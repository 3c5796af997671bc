"""The views that have open dead letters."""

import asyncio
import logging
from collections import defaultdict

from aiokafka.errors import KafkaError

from events.dead_letters import Letters
from events.log import LogUnavailable
from gateway.log_ends import LogEnds

logger = logging.getLogger(__name__)

READ_SECONDS = 3.0


class Degraded:
    """Reads the letters when asked, each of them once; `ends` are those of their topic."""

    def __init__(self, bootstrap: str, ends: LogEnds) -> None:
        self._letters = Letters(bootstrap)
        self._ends = ends
        self._open: dict[str, set[str]] = defaultdict(set)
        self._reading = asyncio.Lock()

    @property
    def views(self) -> list[str]:
        """By name, as far as the letters were read."""
        return sorted(view for view, letters in self._open.items() if letters)

    async def refresh(self) -> None:
        """Reads what is new, as far as `READ_SECONDS` allow."""
        try:
            await self.read()
        except (LogUnavailable, KafkaError, OSError, TimeoutError) as error:
            logger.warning("dead letters may be missing: %r", error)

    async def read(self) -> None:
        """Reads all that is new.

        Raises `LogUnavailable`, `KafkaError`, `OSError`, and `TimeoutError` after `READ_SECONDS`.
        """
        async with asyncio.timeout(READ_SECONDS), self._reading:
            end = await self._ends.now()
            async for note in self._letters.until(end):
                if note.settled is None:
                    self._open[note.view].add(note.position)
                else:
                    self._open[note.view].discard(note.position)
