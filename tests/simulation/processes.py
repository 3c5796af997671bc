"""Operating system processes: what is killed does nothing more, not even clean up."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, ContextVar
from typing import Any


class Process:
    """`at_death` is what others see at once when it dies: its connections close."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = True
        self.tasks: list[asyncio.Task[Any]] = []
        self.at_death: list[Callable[[], None]] = []

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Whatever `work` starts in turn is of this process too."""
        token = RUNNING.set(self)
        try:
            return asyncio.get_running_loop().create_task(work)
        finally:
            RUNNING.reset(token)

    def kill(self) -> None:
        self.alive = False
        for closes in self.at_death:
            closes()
        for task in self.tasks:
            task.cancel()

    def fail_if_dead(self) -> None:
        """What is left of the tasks of a killed process ends here."""
        if not self.alive:
            raise asyncio.CancelledError


OUTSIDE = Process("outside")
RUNNING: ContextVar[Process] = ContextVar("running", default=OUTSIDE)


def adopt(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
    context: Context | None = None,
) -> asyncio.Task[Any]:
    """A task factory: each task belongs to the process that starts it."""
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, context=context)
    process = RUNNING.get()
    if process is not OUTSIDE:
        process.tasks.append(task)
    return task
