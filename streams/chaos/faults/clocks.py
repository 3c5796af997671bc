"""The clock of one process steps, and later steps back to where it was."""

import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial

from streams.chaos.faults.fault import Fault
from streams.chaos.faults.processes import PROCESSES
from streams.chaos.scene import Scene
from streams.chaos.stepping import STEP_SECONDS

BACK, FORWARD = signal.SIGUSR1, signal.SIGUSR2


def faults() -> Iterator[Fault]:
    for name in PROCESSES:
        yield Fault(
            f"clock {STEP_SECONDS} s back",
            name,
            partial(stepped, name=name, there=BACK, again=FORWARD),
        )
        yield Fault(
            f"clock {STEP_SECONDS} s ahead",
            name,
            partial(stepped, name=name, there=FORWARD, again=BACK),
        )


@asynccontextmanager
async def stepped(
    scene: Scene, name: str, there: signal.Signals, again: signal.Signals
) -> AsyncIterator[None]:
    scene.stack.supervisor.signal_part(name, there)
    try:
        yield
    finally:
        scene.stack.supervisor.signal_part(name, again)
