"""A fault to plant."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from tests.audit.scene import Scene


class Fault(NamedTuple):
    """`plant` brings it into the store of `view`; the audit is to name a key that
    begins with `key`."""

    view: str
    plant: Callable[[Scene], Awaitable[None]]
    kind: str
    key: str
