"""Homes must hold what was delivered, by the count of entries."""

from collections import Counter

import pytest

from bench.fanout import check
from bench.world import World
from projections.stores import Stores
from projections.timelines.entries import CAP, COMPLETE, pack
from projections.timelines.keys import Keys
from schemas.tweets import Entry
from tests.projections.memory_log import fresh_number

WREN, FINCH = 1, 2
WORLD = World([(WREN, FINCH)], [FINCH] * 5, Counter({FINCH: 1}))


async def fill(stores: Stores, keys: Keys, entries: int) -> None:
    for user in (WREN, FINCH):
        await stores.redis.rpush(keys.home(user), *[pack([Entry(9, FINCH, 9)])] * entries, COMPLETE)


async def test_homes_that_hold_what_was_delivered_are_counted(stores: Stores) -> None:
    keys = Keys(fresh_number())
    await fill(stores, keys, 5)
    await check(stores, keys, WORLD)


@pytest.mark.parametrize("entries", [4, 6])
async def test_homes_that_hold_less_or_more_are_noticed(stores: Stores, entries: int) -> None:
    keys = Keys(fresh_number())
    await fill(stores, keys, entries)
    with pytest.raises(RuntimeError, match=r"the home of \d holds \d entries of 5"):
        await check(stores, keys, WORLD)


async def test_a_home_that_was_cut_holds_as_many_as_it_may(stores: Stores) -> None:
    keys = Keys(fresh_number())
    await fill(stores, keys, CAP)
    await check(stores, keys, World([(WREN, FINCH)], [FINCH] * 2_000, Counter({FINCH: 1})))
