"""What a gateway goes by for some seconds instead of asking again."""

import time
from collections.abc import Awaitable, Iterable, Mapping
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

MOST = 100_000
"""Beyond so many entries it begins anew."""


class Remembered(Generic[Key, Value]):
    def __init__(self) -> None:
        self._kept: dict[Key, tuple[Value, float]] = {}

    def get(self, key: Key) -> Value | None:
        kept = self._kept.get(key)
        return kept[0] if kept is not None and time.monotonic() < kept[1] else None

    def among(self, keys: Iterable[Key]) -> dict[Key, Value]:
        now, kept = time.monotonic(), self._kept
        return {key: one[0] for key in keys if (one := kept.get(key)) and now < one[1]}

    def keep(self, found: Mapping[Key, Value], until: float) -> None:
        """`until` is by the monotonic clock."""
        if len(self._kept) + len(found) > MOST:
            self._kept.clear()
        self._kept.update({key: (value, until) for key, value in found.items()})

    async def renew(
        self, key: Key, asking: Awaitable[Value | None], seconds: float
    ) -> Value | None:
        """Keeps what `asking` gives, for so long since it was asked; nothing where that is None."""
        until = time.monotonic() + seconds
        found = await asking
        if found is None:
            self.forget(key)
        else:
            self.keep({key: found}, until)
        return found

    def forget(self, key: Key) -> None:
        self._kept.pop(key, None)
