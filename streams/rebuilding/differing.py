"""In which keys two generations of a view differ."""

from collections.abc import Iterable
from itertools import islice

from msgspec import Struct

from projections.generations import Generations
from projections.stores import Stores
from projections.timelines.entries import CAP
from streams.audit.contents import contents
from streams.audit.differences import Difference, differences
from streams.audit.values import Contents
from streams.rebuilding.builds import Build


class Differing(Struct, frozen=True):
    """How many keys differ, and the first of them: `wanted` is what the live generation holds."""

    count: int
    first: list[Difference]


async def differing(stores: Stores, build: Build, live: int, show: int) -> Differing:
    """What readers would see otherwise, were they to read the build's generation."""
    one, other = [
        {
            key: value
            for key, value in (
                await contents(build.view, stores, Generations({build.view: generation}))
            ).items()
            if not key.startswith(NOT_FROM_THE_LOG.get(build.view, ()))
        }
        for generation in (live, build.generation)
    ]
    found = _differences(build.view, one, other)
    first = list(islice(found, show))
    return Differing(len(first) + sum(1 for _ in found), first)


NOT_FROM_THE_LOG: dict[str, tuple[str, ...]] = {
    "cache": ("",),
    "counters": ("total ", "viewer "),
    "timelines": (
        "home ", "open home ", "left ", "celebrity ", "marked celebrity ", "hidden ", "key ",
    ),
}  # fmt: skip
"""Keys that begin so are there because somebody has read or was served live, or go by
themselves: another generation need not have them."""

CUT_SHORT = CAP // 2
"""An author's list that was cut to its newest entries, of which some were deleted since, may be
shorter than one that was written in another order of partitions, but hardly below this."""


def _differences(view: str, live: Contents, rebuilt: Contents) -> Iterable[Difference]:
    found = differences(live, rebuilt)
    if view != "timelines":
        return found
    return (one for one in found if not _ends_elsewhere(one.wanted, one.found))


def _ends_elsewhere(one: object, other: object) -> bool:
    if not isinstance(one, list) or not isinstance(other, list):
        return False
    common = min(len(one), len(other))
    return common >= CUT_SHORT and one[:common] == other[:common]
