import pytest

from deploy.stack import Stack


@pytest.fixture
def given(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """The servers of all tests, their addresses in the environment: further stacks start none."""
    for name, address in stack.servers.environ().items():
        monkeypatch.setenv(name, address)
    return stack
