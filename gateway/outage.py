"""A Redis that failed is left alone for a moment; now and then it is said what that means."""

import logging
import time

logger = logging.getLogger(__name__)

AWAY_SECONDS = 1.0
"""For so long Redis is not asked again after it failed."""

WARN_SECONDS = 60.0


class Outage:
    def __init__(self, meaning: str) -> None:
        self._meaning = meaning
        self._until = self._warn_again = 0.0

    def goes_on(self) -> bool:
        return time.monotonic() < self._until

    def begins(self, error: Exception) -> None:
        now = time.monotonic()
        self._until = now + AWAY_SECONDS
        if now >= self._warn_again:
            self._warn_again = now + WARN_SECONDS
            logger.warning("%s while Redis is away: %r", self._meaning, error)
