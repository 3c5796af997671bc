"""Outages come last: the servers are shared by all tests."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent
FORGETS = "test_without_mongodb_what_is_cached_is_read_and_all_is_back_with_it"
"""The stand-in begins anew, and its views with it: it comes first, while the log is short."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.name != FORGETS and 1 + item.path.is_relative_to(HERE))
