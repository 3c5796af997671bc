"""Pages that are full although some of what is read for them may not be shown."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from gateway.parameters import token_after

One = TypeVar("One")
Place = TypeVar("Place")

SPARE = 5
"""Read beyond the page, so that what was just deleted seldom costs another trip."""

MOST = 400
"""Each trip reads twice as much as the one before, up to so much, and never less."""

TRIPS = 8
"""After so many a page may be short and the next one follows it: while the tweet store is filled
again, or where authors may not be seen, there may be nothing to show of a million."""

Read = Callable[[Place, int], Awaitable[Sequence[One]]]
"""What follows the place, as many as the second argument unless they end."""

Seen = Callable[[Sequence[One]], Awaitable[Sequence[One]]]
"""Those that may be shown, in their order."""


class Filled(NamedTuple, Generic[One, Place]):
    """A page, and the place that the next one follows, if there is one."""

    shown: Sequence[One]
    last: Place | None


async def filled(
    read: Read[Place, One],
    seen: Seen[One],
    place: Callable[[One], Place],
    start: Place,
    limit: int,
) -> Filled[One, Place]:
    shown: list[One] = []
    size = limit + 1 + SPARE
    for _ in range(TRIPS):
        found = await read(start, size)
        shown += await seen(found)
        if len(shown) > limit:
            return Filled(shown[:limit], place(shown[limit - 1]))
        if len(found) < size:
            return Filled(shown, None)
        start = place(found[-1])
        size = max(size, min(2 * size, MOST))
    return Filled(shown, start)


async def filled_below(
    read: Read[int, One],
    seen: Seen[One],
    place: Callable[[One], int],
    before: int,
    limit: int,
) -> tuple[Sequence[One], str | None]:
    """The same of what is in the order of ids, and the token of the next page."""
    page = await filled(read, seen, place, before, limit)
    return page.shown, None if page.last is None else token_after(page.last)
