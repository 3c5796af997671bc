"""Connections to a server that become slow, are cut, or lead nowhere."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial

from deploy.local_servers import NAMES
from streams.chaos.faults.fault import Fault
from streams.chaos.proxy import Mode
from streams.chaos.scene import Scene


def faults() -> Iterator[Fault]:
    for name in NAMES:
        for mode in (Mode.SLOW, Mode.CUT, Mode.HALF_OPEN):
            yield Fault(
                f"connections {mode.value}",
                name,
                partial(turned, name=name, mode=mode),
            )


@asynccontextmanager
async def turned(scene: Scene, name: str, mode: Mode) -> AsyncIterator[None]:
    proxy = scene.proxies[name]
    proxy.turn(mode)
    try:
        yield
    finally:
        proxy.turn(Mode.OPEN)
