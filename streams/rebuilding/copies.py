"""What is in a view because somebody reads it, or goes by itself: the cache and home timelines.

It is compared where both generations hold it. That only one of them does is no difference.
"""

from collections.abc import AsyncIterator, Callable, Collection
from typing import TypeAlias, cast

from msgspec import Struct

from projections.stores import Stores
from projections.view import hash_of, in_turns
from schemas.tweets import Tweet
from streams.audit.contents.cache import row
from streams.audit.contents.keys import KEYS_AT_ONCE, in_parts, names
from streams.audit.differences import Difference
from streams.rebuilding.builds import Build
from streams.rebuilding.homes import homes

Pairs: TypeAlias = AsyncIterator[tuple[str, Difference | None]]
"""Keys that both generations hold, each with how it differs, if it does."""


class Copies(Struct, frozen=True):
    """How many keys were `compared`, the hashes of those that differ, and the first of these."""

    compared: int
    differ: Collection[int] = ()
    first: list[Difference] = []


def has_copies(view: str) -> bool:
    return view in PAIRS


async def compared_copies(
    stores: Stores, build: Build, live: int, show: int, among: Collection[int] | None = None
) -> Copies | None:
    """None for a view that has none. With `among`, keys with other hashes do not differ."""
    if (pairs := PAIRS.get(build.view)) is None:
        return None
    compared, differ, first = 0, set[int](), list[Difference]()
    async for key, difference in in_turns(pairs(stores, live, build.generation)):
        compared += 1
        if difference is None:
            continue
        hashed = hash_of(key.encode())
        if hashed in differ or (among is not None and hashed not in among):
            continue
        differ.add(hashed)
        if len(first) < show:
            first.append(difference)
    return Copies(compared, differ, first)


async def _cache(stores: Stores, live: int, rebuilt: int) -> Pairs:
    redis, prefix = stores.redis, f"cache.g{rebuilt}:"
    async for some in in_parts(names(redis, prefix), KEYS_AT_ONCE):
        keys = [key.removeprefix(prefix) for key in some]
        both = [
            cast("list[bytes | None]", await redis.mget([f"cache.g{at}:{key}" for key in keys]))
            for at in (live, rebuilt)
        ]
        for key, one, other in zip(keys, *both, strict=True):
            if one is not None and other is not None:
                yield key, None if one == other else _difference(key, one, other)


def _difference(key: str, live: bytes, rebuilt: bytes) -> Difference | None:
    (name, one), (_, other) = row(key, live), row(key, rebuilt)
    return None if _agree(key, one, other) else Difference(name, one, other)


def _agree(key: str, one: object, other: object) -> bool:
    """A mark of an edit stands for the tweet with this version, which a reader puts there."""
    if one == other:
        return True
    versions = [_version(key, value) for value in (one, other)]
    marked = not (isinstance(one, Tweet) and isinstance(other, Tweet))
    return marked and None not in versions and versions[0] == versions[1]


def _version(key: str, value: object) -> int | None:
    """A tweet's own id is the higher one where its gateway's clock was ahead."""
    match value:
        case {"edited": int(version)}:
            return max(version, int(key))
        case Tweet():
            return value.newest
        case _:
            return None


PAIRS: dict[str, Callable[[Stores, int, int], Pairs]] = {"cache": _cache, "timelines": homes}
