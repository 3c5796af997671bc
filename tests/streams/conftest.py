from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deploy.home import Home
from deploy.servers import VARIABLES
from deploy.stack import Stack
from projections.stores import open_stores
from schemas.servers import Servers
from streams.setup import set_up
from tests.streams.aviary import Aviary
from tests.streams.emptying import empty


@pytest.fixture(scope="package")
async def alone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Servers that are nobody else's, so that they may be killed and wiped."""
    with pytest.MonkeyPatch.context() as environment:
        for name in VARIABLES.values():
            environment.delenv(name, raising=False)
        home = Home(tmp_path_factory.mktemp("aviary"))
        async with Stack.for_tests(home, durable=False).running() as stack:
            yield stack


@asynccontextmanager
async def an_aviary(stack: Stack) -> AsyncIterator[Aviary]:
    """One that knows nothing of what was there before."""
    servers = Servers.from_environment(stack.servers.environ())
    await empty(servers)
    await set_up(servers)
    async with open_stores(servers) as stores:
        aviary = Aviary(stack, servers, stores)
        yield aviary
        await aviary.close()


@pytest.fixture(scope="package")
async def aviary(alone: Stack) -> AsyncIterator[Aviary]:
    async with an_aviary(alone) as aviary:
        yield aviary
