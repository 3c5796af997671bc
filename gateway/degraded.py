"""The views that have open dead letters."""

import asyncio
import logging
from collections import defaultdict

from aiokafka.errors import KafkaError

from events.dead_letters import Letters, state_after
from events.log import LogUnavailable
from gateway.log_ends import LogEnds
from schemas.dead_letters import Settlement

logger = logging.getLogger(__name__)

READ_SECONDS = 3.0


class Degraded:
    """Reads the letters when asked, each of them once; `ends` are those of their topic."""

    def __init__(self, bootstrap: str, ends: LogEnds) -> None:
        self._letters = Letters(bootstrap)
        self._ends = ends
        self._states = defaultdict[str, dict[str, Settlement | None]](dict)
        self._reading = asyncio.Lock()

    @property
    def views(self) -> list[str]:
        """By name, as far as the letters were read."""
        return sorted(view for view, states in self._states.items() if None in states.values())

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
                states = self._states[note.view]
                states[note.position] = state_after(states.get(note.position), note)
