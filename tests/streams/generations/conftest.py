from collections.abc import AsyncIterator

import pytest

from deploy.stack import Stack
from tests.streams.aviary import Aviary
from tests.streams.conftest import an_aviary


@pytest.fixture(scope="package")
async def aviary(alone: Stack) -> AsyncIterator[Aviary]:
    """Of these tests alone, whose views and topics go from generation to generation: other tests
    count on what they know. Each module begins and ends without a worker."""
    async with an_aviary(alone) as aviary:
        yield aviary
