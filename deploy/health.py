"""How each part fares, asked now."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from deploy.child import ask
from deploy.failure import StackError
from deploy.part import Probe
from deploy.record import PartRecord, StackRecord


@dataclass(frozen=True, slots=True)
class PartHealth:
    """One part; `detail` says why it is not healthy, or since when and how it runs."""

    name: str
    address: str
    healthy: bool
    detail: str


async def examine(
    addresses: Mapping[str, str],
    asked: Mapping[str, Probe],
    record: StackRecord | None,
    given: Collection[str],
) -> list[PartHealth]:
    """All named in `addresses` and in the record, side by side, each within 3 seconds."""
    noted = {part.name: part for part in record.parts} if record else {}
    shown = {name: part.address for name, part in noted.items()} | dict(addresses)
    return list(
        await asyncio.gather(
            *(
                _examine(name, address, asked.get(name), noted.get(name), name in given)
                for name, address in shown.items()
            )
        )
    )


async def _examine(
    name: str, address: str, probe: Probe | None, noted: PartRecord | None, given: bool
) -> PartHealth:
    how = "given by the environment" if given else _how(noted)
    alive = noted is not None and noted.identity is not None and noted.identity.alive()
    if not given and not alive:
        return PartHealth(name, address, False, how)
    if probe is None:
        ready = noted is not None and noted.state == "ready"
        return PartHealth(name, address, ready, how)
    try:
        await ask(probe)
    except StackError as error:
        return PartHealth(name, address, False, f"{error}; {how}")
    return PartHealth(name, address, True, how)


def _how(noted: PartRecord | None) -> str:
    if noted is None or noted.identity is None:
        return "not running"
    ended = f", last ended with {noted.last_exit}" if noted.last_exit else ""
    restarts = f", {noted.restarts} restarts{ended}" if noted.restarts else ""
    if not noted.identity.alive():
        return f"not running ({noted.state}{restarts})"
    return f"process {noted.identity.pid}, {noted.state}{restarts}"
