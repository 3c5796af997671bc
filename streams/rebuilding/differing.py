"""In which keys two generations of a view differ, with little in memory however many there are.

Both are read once for every part of their keys, of which only hashes are kept, and then some of the
keys that differ with their values.
"""

from collections.abc import AsyncIterator, Collection, Iterable
from functools import partial

from msgspec import Struct

from projections.view import hash_of, in_turns
from streams.audit.contents.timelines import AuthorList
from streams.audit.differences import Difference, differences
from streams.audit.values import NOTHING, Contents
from streams.rebuilding.sides import Read, Sides

KEYS_AT_ONCE = 1_000_000
"""Some 200 MB of hashes."""

VALUES_AT_ONCE = 1_000


class Differing(Struct, frozen=True):
    """How many keys differ, and the first of them: `wanted` is what the live generation holds."""

    count: int
    first: list[Difference]


async def differing(view: str, sides: Sides, show: int) -> Differing:
    """What readers would see otherwise, were they to read the one that is built.

    Where more than `show` keys differ, those that nobody looks at count as they are: of lists that
    only end elsewhere, that is too many.
    """
    both = [partial(_read, view, side.entries) for side in sides]
    keys = await _keys(*both)
    first: list[Difference] = []
    looked = 0
    while looked < len(keys) and len(first) < max(1, show):
        some = set(keys[looked : looked + VALUES_AT_ONCE])
        looked += len(some)
        first += _differences(view, *[await _values(read, some) for read in both])
    return Differing(len(first) + len(keys) - looked, first[:show])


async def _keys(live: Read, rebuilt: Read) -> list[int]:
    """The hashes of the keys that differ."""
    count = 0
    async for _ in in_turns(live()):
        count += 1
    parts = 1 + count // KEYS_AT_ONCE
    differ: list[int] = []
    for part in range(parts):
        known: dict[int, int] = {}
        async for key, value in in_turns(live()):
            if (hashed := _hash(key)) % parts == part:
                known[hashed] = _hash(value)
        async for key, value in in_turns(rebuilt()):
            if (hashed := _hash(key)) % parts == part and known.pop(hashed, None) != _hash(value):
                differ.append(hashed)
        differ += known
    return list(dict.fromkeys(differ))


async def _values(read: Read, keys: Collection[int]) -> Contents:
    return {key: value async for key, value in in_turns(read()) if _hash(key) in keys}


async def _read(view: str, entries: Read) -> AsyncIterator[tuple[str, object]]:
    """What the log determines; a reader takes what is empty for nothing."""
    async for key, value in entries():
        if (value or _is_cut(value)) and not key.startswith(NOT_FROM_THE_LOG.get(view, ())):
            yield key, value


def _hash(value: object) -> int:
    return hash_of(repr(_ordered(value)).encode(errors="surrogatepass"))


def _ordered(value: object) -> object:
    """Two that are equal come out the same, in whatever order their fields were written."""
    match value:
        case dict():
            return sorted((name, _ordered(field)) for name, field in value.items())
        case list():
            return [_ordered(element) for element in value]
        case _:
            return value


NOT_FROM_THE_LOG: dict[str, tuple[str, ...]] = {
    "cache": ("",),
    "counters": ("total ", "viewer "),
    "timelines": (
        "home ", "open home ", "left ", "celebrity ", "marked celebrity ", "hidden ", "key ",
    ),
}  # fmt: skip
"""Keys that begin so are there because somebody has read or was served live, or go by
themselves: another generation need not have them. `copies.py` compares what both have."""


def _differences(view: str, live: Contents, rebuilt: Contents) -> Iterable[Difference]:
    found = differences(live, rebuilt)
    if view != "timelines":
        return found
    return (one for one in found if not _ends_elsewhere(one.wanted, one.found))


def _ends_elsewhere(one: object, other: object) -> bool:
    """Whether both are an author's list and equal as far down as both reach: one that was cut to
    its newest entries ends higher the more of them were deleted since."""
    lists = [AuthorList() if value is NOTHING else value for value in (one, other)]
    known = [value for value in lists if isinstance(value, AuthorList)]
    floor = max((value.floor for value in known), default=0)
    reached = [[entry for entry in value if entry.tweet_id >= floor] for value in known]
    return len(known) == 2 and reached[0] == reached[1]


def _is_cut(value: object) -> bool:
    return isinstance(value, AuthorList) and value.floor > 0
