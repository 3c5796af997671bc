"""A wrong thing in any place of any store is found, and named."""

import pytest

from projections.stores import Stores
from tests.audit.faults import FAULTS, Fault
from tests.audit.scene import Scene


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.plant.__name__)
async def test_what_is_planted_is_found(stores: Stores, fault: Fault) -> None:
    scene = Scene(stores, fault.view)
    await scene.play()
    assert await scene.audit(fault.view) == []
    await fault.plant(scene)
    found = await scene.audit(fault.view)
    (difference,) = found
    assert difference.kind == fault.kind
    assert difference.key.startswith(fault.key)
    wanted, have = difference.shown()
    assert wanted != have
    await scene.close()
