"""Who is let in when more comes than can be done: some are turned away at once, so that the others
are answered as quickly as ever (load shedding, Google SRE book, chapter 21).

Requests that wait for a store cost nothing, so their number alone says little. What tells is how
late the event loop is, and how much of the time it computes: then every further request makes all
of them later, and only as many may be at work at once as are answered within a set time (Little's
law). Slowly more may again when the loop has time.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aiohttp import web

READS_ALWAYS, WRITES_ALWAYS = 8, 32
"""So many at once are never too many, and half of them not even while others are turned away. A
write mostly waits for the log, and the more of them do, the fewer batches carry them."""

READ_SECONDS, WRITE_SECONDS = 0.005, 0.008
"""What is let in when the loop can do no more shall be answered in so long."""

MANY = 2_000
"""So many at once always are too many: each holds memory."""

LATE_SECONDS = 0.003
STUCK_SECONDS = 0.05
"""So late may the turn of the loop that is under way be."""

BUSY = 0.9
"""A loop that computes for so much of the time can do no more."""

SAMPLE_SECONDS = 0.005
PATIENCE = 1
"""Such samples in a row may be a start, or another program's doing."""

GROWTH = 0.02
"""More are let in with each other sample, times how many in a row were. Under an overload those are
few, and the limit stays close to what it was set to; after a second without it is some 400
higher."""

WEIGHT, BUSY_WEIGHT = 0.05, 0.2
"""Of one sample in the rate, half of which is of the last 70 to 200 ms, and in how busy it is."""

PRESSED, CALM = 1 / 16, 1 / 400
"""Of those that are never too many, so many fewer with each sample in which some were turned away,
and so many more with each other one."""


class Admission:
    """Of one kind of request. `few` at once are never too many; `limit` may be at work now."""

    def __init__(
        self, few: int, answer_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._few = self._floor = float(few)
        self._answer_seconds = answer_seconds
        self._clock = clock
        self._due = clock() + SAMPLE_SECONDS
        self._answered = 0
        self._rate = 0.0
        self._strained = 0
        self._at_ease = 0
        self._coming: set[object] = set()
        self._turned_away = False
        self._waiting = 0
        self.at_once = 0
        self.limit: float = MANY

    def full(self) -> bool:
        """Whether nobody more may come."""
        here = self.at_once + len(self._coming)
        if here + self._waiting >= MANY:
            return True
        return here >= self._floor and (here >= self.limit or self._turn_is_late())

    def stuck(self) -> bool:
        """Whether a crowd has come within one turn of the loop, more than the door could see."""
        return self.at_once >= self._floor and self._turn_is_late()

    def comes(self, who: object) -> None:
        """Notes one that came through the door, and is inside only some turns of the loop later."""
        self._coming.add(who)

    def has_come(self, who: object) -> bool:
        """Whether it has come through the door. It is not on its way any more."""
        came = who in self._coming
        self._coming.discard(who)
        return came

    def turn_away(self) -> None:
        """Notes that somebody was."""
        self._turned_away = True

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """To be in while a request that is at work waits for what no computing here brings nearer:
        it holds its place among `MANY` only."""
        self.at_once -= 1
        self._waiting += 1
        try:
            yield
        finally:
            self.at_once += 1
            self._waiting -= 1

    def __enter__(self) -> None:
        """To be in while a request is at work."""
        self.at_once += 1

    def __exit__(self, *_: object) -> None:
        self.at_once -= 1
        self._answered += 1

    def _turn_is_late(self) -> bool:
        """That of the loop which is under way."""
        return self._clock() > self._due + STUCK_SECONDS

    def sample(self, late_seconds: float, busy: float = 0.0) -> None:
        """Takes note of how late and how busy the loop is, and of how much was answered since the
        last time."""
        self._due = self._clock() + SAMPLE_SECONDS
        rate = self._answered / (SAMPLE_SECONDS + late_seconds)
        self._rate += WEIGHT * (rate - self._rate)
        self._answered = 0
        change = -PRESSED if self._turned_away else CALM
        self._floor = min(self._few, max(self._few / 2, self._floor + change * self._few))
        self._turned_away = False
        if late_seconds <= LATE_SECONDS and busy < BUSY:
            self._strained = 0
            self._at_ease += 1
            self.limit = min(MANY, self.limit + GROWTH * self._at_ease)
            return
        self._at_ease = 0
        self._strained += 1
        if self._strained > PATIENCE:
            self.limit = max(self._floor, max(self._rate, rate) * self._answer_seconds)


ADMISSION = web.RequestKey("admission", Admission)
"""The one by which a request is counted."""


class Admissions:
    """Reads and writes apart, so that neither shuts the other out."""

    def __init__(self, few: int | None = None) -> None:
        """`few`, if given, of each."""
        self.reads = Admission(few or READS_ALWAYS, READ_SECONDS)
        self.writes = Admission(few or WRITES_ALWAYS, WRITE_SECONDS)

    def of(self, method: str) -> Admission:
        return self.reads if method in ("GET", "HEAD") else self.writes

    async def watch(self) -> None:
        """Never returns."""
        began, spent, busy = time.monotonic(), time.thread_time(), 0.0
        while True:
            await asyncio.sleep(SAMPLE_SECONDS)
            now, spent_now = time.monotonic(), time.thread_time()
            late = now - began - SAMPLE_SECONDS
            busy += BUSY_WEIGHT * ((spent_now - spent) / (now - began) - busy)
            began, spent = now, spent_now
            self.reads.sample(late, busy)
            self.writes.sample(late, busy)
