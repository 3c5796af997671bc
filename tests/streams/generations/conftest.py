from collections.abc import AsyncIterator

import pytest

from tests.streams.aviary import Aviary
from tests.streams.conftest import an_aviary


@pytest.fixture(scope="package")
async def aviary(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Aviary]:
    """Of these tests alone, whose views and topics go from generation to generation: other tests
    count on what they know. Each module begins and ends without a worker."""
    async with an_aviary(tmp_path_factory.mktemp("generations")) as aviary:
        yield aviary
