import pytest

from tests.projections.memory_log import fresh_number


@pytest.fixture
def generation() -> int:
    """One that no other test has."""
    return fresh_number()
