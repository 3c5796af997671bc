"""What happens while a view has looked at the counters, and not yet done anything with it."""

from collections.abc import Awaitable, Callable, Collection

import pytest

from projections.counters import Counters, Counts


def after_the_first_look(
    counters: Counters, happens: Callable[[], Awaitable[None]], patched: pytest.MonkeyPatch
) -> None:
    look = counters.reactions

    async def first(targets: Collection[int]) -> dict[int, Counts]:
        patched.setattr(counters, "reactions", look)
        seen = await look(targets)
        await happens()
        return seen

    patched.setattr(counters, "reactions", first)
