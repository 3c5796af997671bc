"""Signs of life of the things that a process keeps going."""

import time
from collections.abc import Iterable

from gateway.monitor import Readiness

FRESH_SECONDS = 15.0
"""Some beats may be missed: a store that is away is asked for up to ten seconds."""


class Pulse:
    """Of each named thing, when it last proved that it works."""

    def __init__(self, names: Iterable[str]) -> None:
        self._last: dict[str, float] = dict.fromkeys(names, float("-inf"))
        self._stopping = False

    def beat(self, name: str) -> None:
        self._last[name] = time.monotonic()

    def stop(self) -> None:
        """From now on the process is not ready, whatever still beats."""
        self._stopping = True

    async def ready(self) -> Readiness:
        """Ready while all have proved it within `FRESH_SECONDS`."""
        oldest = time.monotonic() - FRESH_SECONDS
        states = {name: last > oldest for name, last in self._last.items()}
        return Readiness(all(states.values()) and not self._stopping, states)
