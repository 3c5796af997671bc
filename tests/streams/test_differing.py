"""In which keys two generations differ, of views that are dictionaries here."""

from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import pytest

from projections.stores import Stores
from schemas.tweets import Entry
from streams.audit.values import NOTHING
from streams.rebuilding import differing as module
from streams.rebuilding.builds import Build
from streams.rebuilding.differing import CUT_SHORT, Differing, differing

LIVE, REBUILT = 1, 2
STORES = cast("Stores", None)
Compare = Callable[..., Any]


@pytest.fixture(params=[1, 3, 1_000])
def few_at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(module, "KEYS_AT_ONCE", request.param)
    monkeypatch.setattr(module, "VALUES_AT_ONCE", request.param)
    return int(request.param)


@pytest.fixture
def compared(few_at_once: int, monkeypatch: pytest.MonkeyPatch) -> Compare:
    async def compared(
        live: dict[str, object], rebuilt: dict[str, object], *, view: str = "graph", show: int = 10
    ) -> Differing:
        async def entries(_: str, __: Stores, generation: int) -> AsyncIterator[tuple[str, object]]:
            for entry in (live if generation == LIVE else rebuilt).items():
                yield entry

        monkeypatch.setattr(module, "entries", entries)
        return await differing(STORES, Build(view, REBUILT, "rebuild"), LIVE, show)

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
    entries = [Entry(number, 1, number) for number in range(CUT_SHORT + 9, 0, -1)]
    live = {f"author {author}": entries for author in range(5)}
    shorter = {f"author {author}": entries[:-9] for author in range(5)}
    assert (await compared(live, shorter, view="timelines")).count == 0
    wrong = shorter | {"author 4": entries[1:]}
    found = await compared(live, wrong, view="timelines")
    assert [one.key for one in found.first] == ["author 4"]
    assert found.count == 1


async def test_what_is_not_from_the_log_does_not_count(compared: Compare) -> None:
    assert (await compared({"home 1": [1]}, {}, view="timelines")).count == 0
    assert (await compared({"silenced for 1: m:2": {"offset": 1}}, {}, view="timelines")).count == 1
