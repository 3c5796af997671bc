"""Home timelines in two generations. They are there where somebody reads: in the one that is read.

So some are opened in a generation that is built, for its deliveries to come to something. They stay
open: once the generation is read, its readers build them as any other.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from typing import TypeAlias, cast

from projections.redis import Call, Redis, call_all, keys_matching
from projections.stores import Stores
from projections.timelines.entries import COMPLETE, building, is_mark
from projections.timelines.fanout import HOME_SECONDS
from projections.timelines.keys import Keys
from projections.timelines.scripts import OPEN
from streams.audit.contents.keys import in_parts, names
from streams.audit.contents.timelines import Home, author_of, home_of
from streams.audit.differences import Difference

HOMES = 1_000
"""Opened at the most; some 30 MB."""

AT_ONCE = 100

Sides: TypeAlias = tuple[Keys, Keys]
"""The live generation's, and the build's."""


async def open_homes(stores: Stores, live: int, rebuilt: int) -> None:
    """In `rebuilt`, for users who have one in `live` that is not being built.

    To be called before anything is delivered, alone; it does nothing where some are open.
    """
    redis, left = stores.redis, HOMES
    async for _ in names(redis, Keys(rebuilt).home_prefix):
        return
    async for some in in_parts(names(redis, Keys(live).home_prefix), AT_ONCE):
        tails = cast(
            "list[bytes | None]", await asyncio.gather(*(redis.lindex(key, -1) for key in some))
        )
        users = [_user(key) for key, tail in zip(some, tails, strict=True) if _is_built(tail)]
        calls: list[Call] = [
            (OPEN, [Keys(rebuilt).home(user)], [building(), HOME_SECONDS, COMPLETE])
            for user in users[:left]
        ]
        await call_all(redis, calls)
        left -= len(users)
        if left <= 0:
            break


async def homes(
    stores: Stores, live: int, rebuilt: int
) -> AsyncIterator[tuple[str, Difference | None]]:
    """Each that both generations have, and the live one has built."""
    redis, sides = stores.redis, (Keys(live), Keys(rebuilt))
    famous = await _celebrities(redis, sides)
    for key in await keys_matching(redis, f"{sides[1].home_prefix}*"):
        user = _user(key.decode())
        one, other = [await home_of(redis, side, user) for side in sides]
        if one is not None and one.built and other is not None:
            yield f"home {user}", await _difference(redis, sides, user, (one, other), famous)


async def _difference(
    redis: Redis, sides: Sides, user: int, both: tuple[Home, Home], famous: Collection[int]
) -> Difference | None:
    """In what is in the authors' lists of both: of what was deleted or undone, or is older than an
    author's list, a home may hold some. Celebrities are merged when read, but for what came before.
    """
    floor = max(home.floor for home in both)
    live, rebuilt = (set(home.shown) for home in both)
    apart = {one for one in live ^ rebuilt if one.tweet_id >= floor and one.author not in famous}
    standing = set()
    for author in {entry.author for entry in apart}:
        lists = [await author_of(redis, side, author) for side in sides]
        standing |= set(lists[0]).intersection(lists[1])
    if not (apart & standing):
        return None
    counted = (live & rebuilt) | (apart & standing)
    wanted, found = ([one for one in home.shown if one in counted] for home in both)
    return Difference(f"home {user}", wanted, found)


async def _celebrities(redis: Redis, sides: Sequence[Keys]) -> set[int]:
    members = [cast("set[bytes]", await redis.smembers(side.celebrities)) for side in sides]
    return {int(author) for some in members for author in some}


def _user(key: str) -> int:
    return int(key.rpartition(":")[2])


def _is_built(tail: bytes | None) -> bool:
    return tail is not None and (tail == COMPLETE or not is_mark(tail))
