"""An event loop whose clock jumps: nothing waits, and what happens is the same in every run."""

import asyncio
import heapq
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Executor
from contextvars import Context
from typing import Any

from tests.simulation.processes import adopt


class Stuck(RuntimeError):
    """Everybody waits for somebody else."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Threads do not exist: what is given to one is done before the next thing happens."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self.passed = 0.0
        """Seconds that went by while nothing happened, and that only clocks on the wall know of."""
        self._ready: Any  # a deque of handles
        self._scheduled: list[asyncio.TimerHandle]  # a heap
        self.tasks: list[asyncio.Task[Any]] = []
        self.set_task_factory(self._task)

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        """What is ready, else what is due next: asyncio's own spends half of a run on looking for
        sockets, and on timers that may be due together."""
        if not self._ready:
            self._ready.append(self._due_next())
        for _ in range(len(self._ready)):
            handle = self._ready.popleft()
            if not handle.cancelled():
                handle._run()

    def _due_next(self) -> asyncio.TimerHandle:
        while self._scheduled:
            timer = heapq.heappop(self._scheduled)
            if not timer.cancelled():
                self._now = timer.when()
                return timer
        raise Stuck("nothing is left to do")

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """It is passed over when its time comes."""

    def _task(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        context: Context | None = None,
    ) -> asyncio.Task[Any]:
        task = adopt(loop, work, context)
        self.tasks.append(task)
        return task

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done

    def _write_to_self(self) -> None:
        """Nobody sleeps who would have to be woken."""
