"""Where records go that a view can never apply: kept with the reason, never dropped."""

import asyncio
import logging

from msgspec import Struct, json

from events.log import Log, LogOverloaded, LogUnavailable
from events.positions import Position
from schemas.topics import DEAD_LETTERS

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0


class DeadLetter(Struct, frozen=True):
    """`value` is the record as it stands in the log, as text; `position` is its place there."""

    view: str
    position: str
    reason: str
    value: str


class DeadLetters:
    def __init__(self, log: Log) -> None:
        self._log = log

    async def add(self, view: str, position: Position, reason: str, value: bytes) -> None:
        """Returns once the letter stands in the log, however long that takes."""
        letter = DeadLetter(view, str(position), reason, value.decode(errors="replace"))
        logger.error("%s can never apply %s: %s", view, position, reason)
        while True:
            try:
                await self._log.append_bytes(DEAD_LETTERS, view.encode(), json.encode(letter))
            except (LogUnavailable, LogOverloaded) as error:
                logger.warning("a dead letter waits: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return
