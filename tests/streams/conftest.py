from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.home import Home
from deploy.servers import VARIABLES
from deploy.stack import Stack
from projections.stores import open_stores
from schemas.servers import Servers
from streams.setup import set_up
from tests.streams.aviary import Aviary


@asynccontextmanager
async def an_aviary(folder: Path) -> AsyncIterator[Aviary]:
    """Servers that are nobody else's, so that they may be killed and wiped."""
    with pytest.MonkeyPatch.context() as environment:
        for name in VARIABLES.values():
            environment.delenv(name, raising=False)
        async with Stack.for_tests(Home(folder), durable=False).running() as stack:
            servers = Servers.from_environment(stack.servers.environ())
            await set_up(servers)
            async with open_stores(servers) as stores:
                aviary = Aviary(stack, servers, stores)
                yield aviary
                await aviary.close()


@pytest.fixture(scope="package")
async def aviary(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Aviary]:
    async with an_aviary(tmp_path_factory.mktemp("aviary")) as aviary:
        yield aviary
