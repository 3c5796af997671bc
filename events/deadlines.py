"""Time limits of what is done thousands of times a second.

`asyncio.timeout` sets a timer for each, which costs a gateway some 5 µs of the 150 that a post
takes. Here one timer looks at all that is under way, so a limit is late by up to `SWEEP_SECONDS`.
"""

import asyncio
from asyncio import AbstractEventLoop, current_task
from time import monotonic
from types import TracebackType
from typing import Self

SWEEP_SECONDS = 0.1


class Deadline:
    """When the task that is within must be done, by `time.monotonic`; it may be moved.

    A task that is not done by then is cancelled, and what leaves the block is a `TimeoutError`,
    as with `asyncio.timeout`.
    """

    __slots__ = ("_cancelling", "_deadlines", "_expired", "_task", "due")

    def __init__(self, deadlines: "Deadlines", due: float) -> None:
        self._deadlines = deadlines
        self._expired = False
        self.due = due

    def __enter__(self) -> Self:
        task = current_task(self._deadlines.loop())
        if task is None:
            raise RuntimeError("a deadline is a task's")
        self._task = task
        self._cancelling = task.cancelling()
        self._deadlines.watch(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._deadlines.forget(self)
        if (
            self._expired
            and self._task.uncancel() <= self._cancelling
            and kind is asyncio.CancelledError
        ):
            raise TimeoutError from error

    def expire(self) -> None:
        self._expired = True
        self._task.cancel()


class Deadlines:
    def __init__(self) -> None:
        self._under_way: set[Deadline] = set()
        self._sweeping = False
        self._loop: AbstractEventLoop | None = None

    def __len__(self) -> int:
        """How much is under way."""
        return len(self._under_way)

    def loop(self) -> AbstractEventLoop:
        """Asked for once: in Python 3.11 that is a call to the operating system each time."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop

    def within(self, seconds: float) -> Deadline:
        return Deadline(self, monotonic() + seconds)

    def watch(self, deadline: Deadline) -> None:
        self._under_way.add(deadline)
        if not self._sweeping:
            self._sweeping = True
            self.loop().call_later(SWEEP_SECONDS, self._sweep)

    def forget(self, deadline: Deadline) -> None:
        self._under_way.discard(deadline)

    def _sweep(self) -> None:
        now = monotonic()
        for deadline in [one for one in self._under_way if one.due <= now]:
            self._under_way.discard(deadline)
            deadline.expire()
        self._sweeping = bool(self._under_way)
        if self._sweeping:
            self.loop().call_later(SWEEP_SECONDS, self._sweep)
