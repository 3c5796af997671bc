"""A wrong thing in any place of any store is found, and named."""

from collections.abc import Sequence

import pytest

from projections.stores import Stores
from tests.audit.faults import FAULTS, Fault
from tests.audit.scene import Scene


def together() -> list[list[Fault]]:
    """All faults, each beside those of its view that are to be found at other keys."""
    found: list[list[Fault]] = []
    for fault in FAULTS:
        for others in found:
            if others[0].view == fault.view and all(_apart(fault, other) for other in others):
                others.append(fault)
                break
        else:
            found.append([fault])
    return found


def _apart(one: Fault, other: Fault) -> bool:
    return not (one.key.startswith(other.key) or other.key.startswith(one.key))


@pytest.mark.parametrize("faults", together(), ids=lambda faults: faults[0].plant.__name__)
async def test_what_is_planted_is_found(stores: Stores, faults: Sequence[Fault]) -> None:
    view = faults[0].view
    scene = Scene(stores, view)
    await scene.play()
    assert await scene.audit(view) == []
    for fault in faults:
        await fault.plant(scene)
    found = await scene.audit(view)
    for fault in faults:
        (difference,) = [one for one in found if one.key.startswith(fault.key)]
        assert difference.kind == fault.kind
        wanted, have = difference.shown()
        assert wanted != have
    assert len(found) == len(faults)
    await scene.close()
