"""Who is let in when more comes than can be done: some are turned away at once, so that the others
are answered as quickly as ever (load shedding, Google SRE book, chapter 21).

Requests that wait for a store cost nothing, so their number alone says little. What tells is how
late the event loop is: when it is, every further request makes all of them later.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.problems import unavailable

FEW = 128
"""So many at once never are too many."""

MANY = 2_000
"""So many at once always are: each holds memory."""

LATE_SECONDS = 0.05
SAMPLE_SECONDS = 0.005


class Admission:
    """`lateness`, in seconds, is how long a callback of the event loop waited lately."""

    def __init__(self) -> None:
        self.at_once = 0
        self.lateness = 0.0

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Raises a 503 `Problem` when there is too much to do."""
        if self.at_once >= FEW and (self.lateness > LATE_SECONDS or self.at_once >= MANY):
            raise unavailable("more is asked than can be answered now: try again in a second")
        self.at_once += 1
        try:
            yield
        finally:
            self.at_once -= 1

    async def watch(self) -> None:
        """Never returns."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + SAMPLE_SECONDS
            await asyncio.sleep(SAMPLE_SECONDS)
            self.lateness = loop.time() - due
