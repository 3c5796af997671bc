from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.home import Home
from deploy.servers import VARIABLES
from deploy.stack import Stack


@pytest_asyncio.fixture(scope="package")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The five servers, running."""
    with pytest.MonkeyPatch.context() as environment:
        for name in VARIABLES.values():
            environment.delenv(name, raising=False)
        stack = Stack.for_tests(Home(tmp_path_factory.mktemp("servers")))
        async with stack.running():
            yield stack


@pytest.fixture
def given(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The same, its addresses in the environment: further stacks start no servers."""
    for name, address in stack.servers.environ().items():
        monkeypatch.setenv(name, address)
    return stack
