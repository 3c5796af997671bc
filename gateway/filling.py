"""Pages that are full although some of what is read for them may not be shown."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from gateway.cursors import (
    Neighbours,
    Start,
    neighbours,
    place_and_way_of,
    token_after,
    token_before,
)
from schemas.ids import MAX_ID

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
    start: Start,
    limit: int,
) -> tuple[Sequence[One], Neighbours]:
    """The same of what is in the order of ids, and the tokens of the pages beside it."""
    page = await filled(read, seen, place, start.before, limit)
    first = place(page.shown[0]) if page.shown else None
    return page.shown, neighbours(start, first, page.last)


EitherWay = Callable[[int, int, bool], Awaitable[Sequence[One]]]
"""As `Read`: what is older than the place or, where the last argument says so, what is newer, the
oldest first."""


async def filled_either_way(
    read: EitherWay[One],
    seen: Seen[One],
    place: Callable[[One], int],
    token: str | None,
    limit: int,
) -> tuple[Sequence[One], Neighbours]:
    """A page of what is in the order of ids, the newest first, also one that is turned back to.

    Raises a 400 `Problem` for a token that is not one of ours.
    """
    start, newer = place_and_way_of(token)

    async def on(place: int, size: int) -> Sequence[One]:
        return await read(place, size, newer)

    page = await filled(on, seen, place, start, limit)
    if newer:
        shown = page.shown[::-1]
        older = place(shown[-1]) if shown else min(start + 1, MAX_ID)
        previous = None if page.last is None else token_before(page.last)
        return shown, Neighbours(token_after(older), previous)
    first = place(page.shown[0]) if page.shown else max(start - 1, 0)
    following = None if page.last is None else token_after(page.last)
    return page.shown, Neighbours(following, None if token is None else token_before(first))
