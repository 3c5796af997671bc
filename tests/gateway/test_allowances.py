"""Permits out of Redis: never more than there are, whoever asks and how."""

import asyncio
import itertools
import logging
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway import allowances
from gateway.allowances import Allowances
from projections.redis import open_redis
from projections.stores import Stores

_numbers = itertools.count(time.time_ns())


def subject() -> str:
    return f"test {next(_numbers)}"


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(limit=st.integers(1, 400), turns=st.lists(st.integers(0, 2), max_size=500))
async def test_gateways_together_hand_out_no_more_than_the_limit(
    stores: Stores, limit: int, turns: list[int]
) -> None:
    gateways = [Allowances(stores.redis) for _ in range(3)]
    name, granted = subject(), [0, 0, 0]
    for turn in turns:
        spent = await gateways[turn].spend(name, limit)
        assert spent
        assert spent.limit == limit
        granted[turn] += spent.granted
        assert granted[turn] + spent.remaining <= limit
        if not spent.granted:
            assert spent.remaining == 0
    assert sum(granted) <= limit
    unused = 2 * max(0, limit // 10 - 1)
    assert sum(granted) >= min(len(turns), limit - unused)


async def test_one_gateway_hands_out_exactly_the_limit_at_once(stores: Stores) -> None:
    gateway, name = Allowances(stores.redis), subject()
    spent = await asyncio.gather(*(gateway.spend(name, 57) for _ in range(100)))
    assert sum(one.granted for one in spent if one) == 57
    assert gateway.exhausted(name)


async def test_gateways_at_once_do_not_pass_the_limit(stores: Stores) -> None:
    gateways, name = [Allowances(stores.redis) for _ in range(4)], subject()
    spent = await asyncio.gather(*(g.spend(name, 57) for _ in range(50) for g in gateways))
    assert 57 - 3 * 5 <= sum(one.granted for one in spent if one) <= 57


async def test_a_crowd_takes_nothing_from_those_who_come_often(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A subscriber may have 65,536 networks of IPv6, and each is somebody."""
    monkeypatch.setattr(allowances, "REMEMBERED", 3)
    gateway, name, block = Allowances(stores.redis), subject(), 10
    for _ in range(block):
        assert gateway.at_hand(name, 100) or await gateway.spend(name, 100)
        assert await gateway.spend(subject(), 100)
    assert int(await stores.redis.get(f"limits:{name}") or 0) == block
    assert gateway.at_hand(name, 100) is None


async def test_a_window_ends_and_another_begins(stores: Stores) -> None:
    gateway, name = Allowances(stores.redis, window=2.0), subject()
    first = await gateway.spend(name, 1)
    refused = await gateway.spend(name, 1)
    assert first
    assert refused
    assert (first.granted, refused.granted) == (True, False)
    assert first.reset == refused.reset
    assert time.time() < first.reset <= time.time() + 4
    async with asyncio.timeout(60):
        while not (again := await gateway.spend(name, 1)) or not again.granted:
            await asyncio.sleep(0.02)
    assert again.reset >= first.reset


async def test_without_redis_nothing_is_counted_and_one_line_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    nowhere = open_redis("redis://127.0.0.1:1/0")
    gateway = Allowances(nowhere)
    assert [await gateway.spend("x", 1) for _ in range(20)] == [None] * 20
    assert len([r for r in caplog.records if "Redis is away" in r.message]) == 1
    await nowhere.aclose()
