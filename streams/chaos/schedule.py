"""Which faults, in which order, for how long: drawn from a seed."""

import asyncio
import random
import time
from collections.abc import Callable, Iterator

from msgspec import Struct

from streams.chaos.faults import clocks, connections, full_disks, processes, servers
from streams.chaos.faults.fault import Fault
from streams.chaos.scene import Scene

HOLD_SECONDS = (1.0, 4.0)
CALM_SECONDS = (0.5, 2.0)

ALL: tuple[Fault, ...] = tuple(
    fault
    for kind in (processes, servers, connections, full_disks, clocks)
    for fault in kind.faults()
)


class Done(Struct, frozen=True):
    """`at` and `seconds` in seconds, of the run and from the fault's begin to all well again."""

    at: float
    fault: str
    seconds: float


class Drawn(Struct, frozen=True):
    fault: Fault
    hold: float
    calm: float


def draw(seed: int) -> Iterator[Drawn]:
    """Without end: all faults in some order, then all in another."""
    chance = random.Random(f"{seed} faults")  # noqa: S311
    while True:
        for fault in chance.sample(ALL, len(ALL)):
            yield Drawn(fault, chance.uniform(*HOLD_SECONDS), chance.uniform(*CALM_SECONDS))


async def play(scene: Scene, seed: int, seconds: float, say: Callable[[str], None]) -> list[Done]:
    """Does the faults of the seed one by one until the time is over. Raises `StackError`."""
    began = time.monotonic()
    done: list[Done] = []
    for drawn in draw(seed):
        at = time.monotonic() - began
        if at >= seconds:
            return done
        say(f"{at:6.1f} s  {drawn.fault}, {drawn.hold:.1f} s")
        async with drawn.fault.during(scene):
            await asyncio.sleep(drawn.hold)
        done.append(Done(at, str(drawn.fault), time.monotonic() - began - at))
        await asyncio.sleep(drawn.calm)
    raise AssertionError("faults are drawn without end")
