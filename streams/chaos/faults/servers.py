"""Servers that are stopped, and started after a while."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial

from deploy.local_servers import NAMES
from streams.chaos.faults.fault import Fault
from streams.chaos.scene import Scene


def faults() -> Iterator[Fault]:
    for name in NAMES:
        yield Fault("stopped", name, partial(stopped, name=name))
    yield Fault("killed (SIGKILL)", "kafka", partial(killed, name="kafka"))


@asynccontextmanager
async def stopped(scene: Scene, name: str) -> AsyncIterator[None]:
    await scene.stack.supervisor.stop_part(name)
    try:
        yield
    finally:
        await scene.stack.supervisor.start_part(name)


@asynccontextmanager
async def killed(scene: Scene, name: str) -> AsyncIterator[None]:
    await scene.stack.supervisor.kill_part(name)
    try:
        yield
    finally:
        await scene.stack.supervisor.start_part(name)
