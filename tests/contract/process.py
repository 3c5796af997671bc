"""A worker process that dies, or falls asleep, at one of the moments in which it waits.

All that it waits for is counted, in the tasks that it starts as well, so that each moment between
two operations in a store, and in the middle of one, has a number.
"""

import asyncio
from collections.abc import Coroutine, Generator, Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from functools import partial
from typing import Any, Literal

from events.tasks import cancel_all

SECONDS = 60.0
LAST_SECONDS = 5.0
"""For what a task does when it is cancelled."""

Fate = Literal["dies asking", "dies answered", "sleeps"]
"""It dies when it has sent something, or when the answer is there and was not seen; it falls
asleep at the latter moment."""

_process: ContextVar["Process | None"] = ContextVar("process", default=None)


class Died(BaseException):
    """Raised where the process ends; no client may take it for an error of its own."""


class Process:
    """Meets its `fate` at the suspension with the number `moment`, if it gets so far."""

    def __init__(self, fate: Fate, moment: int) -> None:
        self._fate = fate
        self._left = moment
        self._awake = asyncio.Event()
        self._awake.set()
        self._woken = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self.struck = asyncio.Event()

    def start(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        context = copy_context()
        context.run(_process.set, self)
        return asyncio.get_running_loop().create_task(work, context=context)

    def wake(self) -> None:
        """For good: it may not even have fallen asleep, or be about to in its background work."""
        self._woken = True
        self._awake.set()

    async def end(self) -> None:
        """Returns when nothing of it runs any more."""
        self.wake()
        current = [task for task in self._tasks if not task.done()]
        if current:
            await asyncio.wait(current, timeout=LAST_SECONDS)
        await cancel_all(self._tasks)

    def task(self, work: Coroutine[Any, Any, Any], **more: Any) -> "asyncio.Task[Any]":
        task: asyncio.Task[Any] = asyncio.Task(_stepped(self, work), **more)
        task.add_done_callback(lambda _: work.close())  # it may have been cancelled unbegun
        self._tasks.add(task)
        return task

    def steps(self, work: Coroutine[Any, Any, Any]) -> Generator[Any, None, Any]:
        """Drives `work` as its task would."""
        step = partial(work.send, None)
        while True:
            while not self._awake.is_set():
                try:
                    yield from self._awake.wait().__await__()
                except asyncio.CancelledError as error:  # its time ran out, and it hears of it then
                    step = partial(work.throw, error)
            try:
                awaited = step()
            except StopIteration as done:
                return done.value
            now = self._is_now()
            if now and self._fate == "dies asking":
                self._cancel()
            try:
                yield awaited
                step = partial(work.send, None)
            except BaseException as error:
                step = partial(work.throw, error)
            if now and self._fate == "dies answered":
                self._cancel(but=asyncio.current_task())
                step = partial(work.throw, Died())
            elif now and self._fate == "sleeps" and not self._woken:
                self._awake.clear()

    def _is_now(self) -> bool:
        if self._woken:
            return False
        self._left -= 1
        if self._left == 0:
            self.struck.set()
        return self._left == 0

    def _cancel(self, but: "asyncio.Task[Any] | None" = None) -> None:
        for task in self._tasks - {but}:
            task.cancel()


class _Steps:
    def __init__(self, steps: Generator[Any, None, Any]) -> None:
        self._steps = steps

    def __await__(self) -> Generator[Any, None, Any]:
        return self._steps


async def _stepped(process: Process, work: Coroutine[Any, Any, Any]) -> Any:
    return await _Steps(process.steps(work))


@contextmanager
def processes() -> Iterator[None]:
    """Within it, tasks that tasks of a process start belong to that process."""

    def start(
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        context: Context | None = None,
    ) -> "asyncio.Task[Any]":
        more: dict[str, Any] = {"loop": loop}
        if context is not None:
            more["context"] = context
        process = (context or copy_context()).get(_process)
        if process is None or not isinstance(work, Coroutine):
            return asyncio.Task(work, **more)
        return process.task(work, **more)

    loop = asyncio.get_running_loop()
    before = loop.get_task_factory()
    loop.set_task_factory(start)
    try:
        yield
    finally:
        loop.set_task_factory(before)
