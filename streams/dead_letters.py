"""Where records go that a view can never apply: kept with the reason, never dropped unasked."""

import asyncio
import logging
from typing import Protocol

from msgspec import Struct, json

from events.clock import now_ms
from events.codec import UNREADABLE
from events.log import Log, LogOverloaded, LogUnavailable
from events.positions import Position
from schemas import metrics
from schemas.dead_letters import DeadLetter, Settlement
from schemas.topics import DEAD_LETTERS

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0

RECORD_CHARACTERS, REASON_CHARACTERS = 100_000, 10_000
"""So much of a record and of a reason is in a letter, which may be six times as long as JSON. None
of our events is longer; what is too long for the log could be neither set aside nor passed."""


class SetAside(Protocol):
    """Where records go that a view can never apply."""

    async def add(self, view: str, position: Position, reason: str, value: bytes) -> None: ...


class DeadLetters:
    def __init__(self, log: Log) -> None:
        self._log = log

    async def add(self, view: str, position: Position, reason: str, value: bytes) -> None:
        """Returns once the letter stands in the log, however long that takes."""
        letter = letter_of(view, position, reason, value)
        about = {"request_id": _request_of(value)}
        logger.error("%s can never apply %s: %s", view, position, reason, extra=about)
        metrics.DEAD_LETTERS.labels(view).inc()
        while True:
            try:
                await self._append(letter)
            except (LogUnavailable, LogOverloaded) as error:
                logger.warning("a dead letter waits: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def open(self, letter: DeadLetter) -> None:
        """One that was set aside before. Raises what `Log.append` raises."""
        await self._append(letter)

    async def settle(self, letter: DeadLetter, how: Settlement) -> None:
        """Notes what became of a letter. Raises what `Log.append` raises."""
        await self._append(DeadLetter(letter.view, letter.position, at=now_ms(), settled=how))

    async def _append(self, letter: DeadLetter) -> None:
        """All of one view's letters have one key, and so one order."""
        await self._log.append_bytes(DEAD_LETTERS, letter.view.encode(), json.encode(letter))


def letter_of(view: str, position: Position, reason: str, value: bytes) -> DeadLetter:
    record = value.decode(errors="replace")[:RECORD_CHARACTERS]
    return DeadLetter(view, str(position), reason[:REASON_CHARACTERS], record, at=now_ms())


class _About(Struct):
    request_id: str = ""


def _request_of(value: bytes) -> str:
    """The request that a record came from; empty where the record does not tell."""
    try:
        return json.decode(value, type=_About).request_id
    except UNREADABLE:
        return ""
