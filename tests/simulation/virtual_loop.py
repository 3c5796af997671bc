"""An event loop whose clock jumps: nothing waits, and what happens is the same in every run."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from tests.simulation.processes import adopt


class Stuck(RuntimeError):
    """Everybody waits for somebody else."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Threads do not exist: what is given to one is done before the next thing happens."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._scheduled: list[asyncio.TimerHandle]  # a heap
        self._selector = self
        self.set_task_factory(adopt)

    def time(self) -> float:
        return self._now

    def select(self, timeout: float | None) -> list[Any]:
        """What the loop calls to sleep until something may happen."""
        if timeout is None:
            raise Stuck("nothing is left to do")
        if timeout > 0:
            self._now = self._scheduled[0].when()
        return []

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done

    def _process_events(self, event_list: list[Any]) -> None:
        assert not event_list

    def _write_to_self(self) -> None:
        """Nobody sleeps who would have to be woken."""
