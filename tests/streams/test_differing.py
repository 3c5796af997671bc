"""In which keys two generations differ, of views that are dictionaries here."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import AsyncMock

import pytest

from projections.graph import Graph, GraphView
from projections.stores import Stores
from projections.timelines import TimelinesView
from schemas.topics import TWEETS
from schemas.tweets import Entry
from streams.audit.contents import entries
from streams.audit.contents.timelines import AuthorList
from streams.audit.values import NOTHING
from streams.rebuilding import differing as module
from streams.rebuilding.differing import Differing, differing
from streams.rebuilding.sides import Side, Sides, side
from tests.projections.memory_log import MemoryLog, deleted, fresh_number, posted

Compare = Callable[..., Any]


@pytest.fixture(params=[1, 3, 1_000])
def few_at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(module, "KEYS_AT_ONCE", request.param)
    monkeypatch.setattr(module, "VALUES_AT_ONCE", request.param)
    return int(request.param)


def side_of(held: dict[str, object]) -> Side:
    async def entries() -> AsyncIterator[tuple[str, object]]:
        for entry in held.items():
            yield entry

    return Side(AsyncMock(side_effect=AssertionError), entries)


@pytest.fixture
def compared(few_at_once: int) -> Compare:
    async def compared(
        live: dict[str, object], rebuilt: dict[str, object], *, view: str = "graph", show: int = 10
    ) -> Differing:
        return await differing(view, Sides(side_of(live), side_of(rebuilt)), show)

    return compared


async def test_equal_ones_in_whatever_order(compared: Compare) -> None:
    live = {"a": {"x": 1, "y": [{"z": 2, "u": 3}]}, "b": True, "c": {}}
    rebuilt = {"b": True, "a": {"y": [{"u": 3, "z": 2}], "x": 1}}
    assert await compared(live, rebuilt) == Differing(0, [])


async def test_what_is_missing_surplus_and_different(compared: Compare) -> None:
    same = {f"same {number}": number + 1 for number in range(20)}
    found = await compared(
        {**same, "missing": 1, "differs": 2}, {"differs": 3, "surplus": 4, **same}
    )
    assert found.count == 3
    assert {(one.key, one.wanted, one.found) for one in found.first} == {
        ("missing", 1, NOTHING),
        ("differs", 2, 3),
        ("surplus", NOTHING, 4),
    }


async def test_all_are_counted_and_some_are_shown(compared: Compare) -> None:
    live: dict[str, object] = {f"key {number}": 1 for number in range(50)}
    for show in (0, 4, 50):
        found = await compared(live, dict.fromkeys(live, 2), show=show)
        assert (found.count, len(found.first)) == (50, show)


async def test_lists_that_end_elsewhere_do_not_differ(compared: Compare) -> None:
    entries = [Entry(number, 1, number) for number in range(20, 0, -1)]
    live = {f"author {author}": AuthorList(entries) for author in range(5)}
    shorter = {f"author {author}": AuthorList(entries[:author], 20) for author in range(2)}
    shorter |= {f"author {author}": AuthorList(entries[:-9], 10) for author in range(2, 5)}
    assert (await compared(live, shorter, view="timelines")).count == 1
    shorter["author 0"] = AuthorList((), 21)
    for one, other in ((live, shorter), (shorter, live)):
        assert (await compared(one, other, view="timelines")).count == 0
        wrong = other | {"author 3": AuthorList(entries[:3])}
        wrong["author 4"] = AuthorList([*entries[:3], *entries[4:]], 9)
        found = await compared(one, wrong, view="timelines")
        assert {one.key for one in found.first} == {"author 3", "author 4"}
        assert found.count == 2


async def test_a_list_that_was_cut_and_emptied_equals_one_that_never_was(compared: Compare) -> None:
    emptied = {"author 1": AuthorList((), 9)}
    assert (await compared(emptied, {}, view="timelines")).count == 0
    assert (await compared({}, emptied, view="timelines")).count == 0


async def test_a_live_list_that_was_cut_equals_one_in_which_deletions_came_first(
    stores: Stores,
) -> None:
    """Live most of what was left after the cut was deleted, and then all; the one that is built
    anew gets one partition after the other, and never holds as much at once."""
    log, live, rebuilt = MemoryLog(2), fresh_number(), fresh_number()
    log.append(*(posted(16 * number, 1) for number in range(1, 81)))
    log.append(*(deleted(16 * number, 1) for number in range(1, 80, 2)))
    left, gone = log.partitions(TWEETS.name)
    async with (
        _timelines(stores, live) as before,
        _timelines(stores, rebuilt) as after,
        side(stores, before, live) as one,
        side(stores, after, rebuilt) as other,
    ):
        sides = Sides(one, other)
        for partition, start, end in ((left, 0, 40), (gone, 0, 40), (gone, 40, 80)):
            await before.apply(log.batch(partition, start, end))
        for partition in (gone, left):
            await after.apply(log.batch(partition))
        lists = [await _author_list(stores, generation) for generation in (live, rebuilt)]
        assert [(len(one), one.floor // 16) for one in lists] == [(4, 74), (40, 0)]
        assert await differing("timelines", sides, 10) == Differing(0, [])
        log.append(*(deleted(16 * number, 1) for number in range(74, 81, 2)))
        for view in (before, after):
            await view.apply(log.batch(left, 40, 44))
        assert await _author_list(stores, live) == []
        assert await differing("timelines", sides, 10) == Differing(0, [])
        log.append(posted(16 * 82, 1))
        await before.apply(log.batch(left, 44, 45))
        assert (await differing("timelines", sides, 10)).count == 1


@asynccontextmanager
async def _timelines(stores: Stores, generation: int) -> AsyncIterator[TimelinesView]:
    graph = GraphView(stores.postgres, generation)
    await graph.prepare()
    view = TimelinesView(stores.redis, generation, Graph(stores.postgres, generation), cap=4)
    yield view
    await view.close()
    await view.drop()
    await graph.drop()


async def _author_list(stores: Stores, generation: int) -> AuthorList:
    found = {key: value async for key, value in entries("timelines", stores, generation)}[
        "author 1"
    ]
    assert isinstance(found, AuthorList)
    return found


async def test_what_is_not_from_the_log_does_not_count(compared: Compare) -> None:
    assert (await compared({"home 1": [1]}, {}, view="timelines")).count == 0
    assert (await compared({"silenced for 1: m:2": {"offset": 1}}, {}, view="timelines")).count == 1
