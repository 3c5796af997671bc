from collections.abc import AsyncIterator

import pytest

from projections.stores import Stores
from projections.timelines import convoy
from schemas.servers import Servers
from tests.contract.contract import Contract, contract
from tests.contract.process import processes
from tests.contract.stage import Stage
from tests.contract.subjects import SUBJECTS


@pytest.fixture(scope="package")
async def stage(servers: Servers, stores: Stores) -> AsyncIterator[Stage]:
    stage = Stage(servers, stores)
    await stage.set()
    yield stage
    await stage.clear()


@pytest.fixture(scope="package", autouse=True)
async def counted() -> AsyncIterator[None]:
    with processes(), pytest.MonkeyPatch.context() as patched:
        patched.setattr(convoy, "LINGER_SECONDS", 0.0)  # nothing but time would pass
        yield


@pytest.fixture(scope="package", params=SUBJECTS)
async def kept(request: pytest.FixtureRequest, stage: Stage) -> Contract:
    """The contract of each view in turn."""
    return await contract(SUBJECTS[request.param], stage)
