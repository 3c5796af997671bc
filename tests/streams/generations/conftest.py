from collections.abc import AsyncIterator

import pytest

from deploy.stack import Stack
from events.log import Log
from streams.rebuilding import ending, meeting
from tests.streams.aviary import Aviary
from tests.streams.conftest import an_aviary


@pytest.fixture(scope="package")
async def aviary(alone: Stack) -> AsyncIterator[Aviary]:
    """Of these tests alone, whose views and topics go from generation to generation: other tests
    count on what they know. Each module begins and ends without a worker."""
    async with an_aviary(alone) as aviary:
        yield aviary


@pytest.fixture
async def log(aviary: Aviary) -> AsyncIterator[Log]:
    async with Log(aviary.servers.kafka) as log:
        yield log


@pytest.fixture
def nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no gateway that what was read before is fed on for, and no worker to wait for."""
    monkeypatch.setattr(ending, "SUCCESSION_SECONDS", 0.0)
    monkeypatch.setattr(meeting, "WORKERS_SECONDS", 0.2)
