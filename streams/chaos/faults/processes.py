"""Processes of birdlog that die, and are brought back by their supervisor."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial

from streams.chaos.faults.fault import Fault
from streams.chaos.scene import Scene
from streams.parts import WORKERS

PROCESSES = ("gateway", "outbox", *(f"worker-{name}" for name in WORKERS))
BACK_SECONDS = 90.0


def faults() -> Iterator[Fault]:
    for name in PROCESSES:
        yield Fault("killed (SIGKILL)", name, partial(killed, name=name))
        yield Fault("told to stop (SIGTERM)", name, partial(ended, name=name))


@asynccontextmanager
async def killed(scene: Scene, name: str) -> AsyncIterator[None]:
    scene.lives += 1
    await scene.stack.supervisor.kill_part(name, restart=True)
    yield
    await scene.stack.supervisor.wait_ready(name, BACK_SECONDS)
    scene.lives += 1


@asynccontextmanager
async def ended(scene: Scene, name: str) -> AsyncIterator[None]:
    scene.lives += 1
    scene.stack.supervisor.end_part(name)
    yield
    await scene.stack.supervisor.wait_ready(name, BACK_SECONDS)
    scene.lives += 1
