"""A fault: what is done, to what, and how long it lasts."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from msgspec import Struct

from streams.chaos.scene import Scene


class Fault(Struct, frozen=True):
    """It holds within the block of `during`, which must leave everything as it was before."""

    what: str
    target: str
    during: Callable[[Scene], AbstractAsyncContextManager[None]]

    def __str__(self) -> str:
        return f"{self.target} {self.what}"
