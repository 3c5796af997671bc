"""Who is let in when more comes than can be done: some are turned away at once, so that the others
are answered as quickly as ever (load shedding, Google SRE book, chapter 21).

Requests that wait for a store cost nothing, so their number alone says little. What tells is how
late the event loop is: when it is, every further request makes all of them later. Then only as many
may be at work at once as are answered within a set time (Little's law), and slowly more again when
the loop is on time.
"""

import asyncio
import time
from collections.abc import Callable

READS_ALWAYS, WRITES_ALWAYS = 8, 32
"""So many at once are never too many. A write mostly waits for the log, and the more of them do,
the fewer batches carry them."""

READ_SECONDS, WRITE_SECONDS = 0.005, 0.016
"""What is let in when the loop is late shall be answered in so long."""

MANY = 2_000
"""So many at once always are too many: each holds memory."""

LATE_SECONDS = 0.003
STUCK_SECONDS = 0.05
"""So late may the turn of the loop that is under way be."""

SAMPLE_SECONDS = 0.005
PATIENCE = 1
"""Late samples in a row that may be a start, or another program's doing."""

GROWTH = 0.02
"""More are let in with each sample that is on time, times how many in a row were. Under an overload
those are few, and the limit stays close to what it was set to; after a second on time it is some
400 higher."""

WEIGHT = 0.05
"""Of one sample in the rate: half of it is of the last 70 to 200 ms."""


class Admission:
    """Of one kind of request. `few` at once are never too many; `limit` may be at work now."""

    def __init__(
        self, few: int, answer_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._few = few
        self._answer_seconds = answer_seconds
        self._clock = clock
        self._due = clock() + SAMPLE_SECONDS
        self._answered = 0
        self._rate = 0.0
        self._late = 0
        self._on_time = 0
        self._coming = 0
        self.at_once = 0
        self.limit: float = MANY

    def full(self) -> bool:
        """Whether nobody more may come."""
        here = self.at_once + self._coming
        return here >= self._few and (here >= self.limit or self._stuck())

    def comes(self) -> None:
        """Notes one that came through the door in this turn of the loop, and is not inside yet."""
        self._coming += 1

    def has_come(self) -> None:
        self._coming = max(0, self._coming - 1)

    def __enter__(self) -> None:
        """To be in while a request is at work."""
        self.at_once += 1

    def __exit__(self, *_: object) -> None:
        self.at_once -= 1
        self._answered += 1

    def _stuck(self) -> bool:
        """Sees a crowd that has come within one turn of the loop."""
        return self._clock() > self._due + STUCK_SECONDS

    def sample(self, late_seconds: float) -> None:
        """Takes note of how late the loop is, and of how much was answered since the last time."""
        self._due = self._clock() + SAMPLE_SECONDS
        self._coming = 0
        rate = self._answered / (SAMPLE_SECONDS + late_seconds)
        self._rate += WEIGHT * (rate - self._rate)
        self._answered = 0
        if late_seconds <= LATE_SECONDS:
            self._late = 0
            self._on_time += 1
            self.limit = min(MANY, self.limit + GROWTH * self._on_time)
            return
        self._on_time = 0
        self._late += 1
        if self._late > PATIENCE:
            self.limit = max(self._few, max(self._rate, rate) * self._answer_seconds)


class Admissions:
    """Reads and writes apart, so that neither shuts the other out."""

    def __init__(self, few: int | None = None) -> None:
        """`few`, if given, of each."""
        self.reads = Admission(few or READS_ALWAYS, READ_SECONDS)
        self.writes = Admission(few or WRITES_ALWAYS, WRITE_SECONDS)

    def of(self, method: str) -> Admission:
        return self.reads if method == "GET" else self.writes

    async def watch(self) -> None:
        """Never returns."""
        while True:
            due = time.monotonic() + SAMPLE_SECONDS
            await asyncio.sleep(SAMPLE_SECONDS)
            late = time.monotonic() - due
            self.reads.sample(late)
            self.writes.sample(late)
