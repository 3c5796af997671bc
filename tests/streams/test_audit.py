"""The command that compares views with the log, on servers of its own."""

from typing import cast

import pytest

from events.log import Log
from projections import generations
from projections.registry import VIEWS
from projections.timelines.entries import pack
from projections.timelines.keys import Keys
from schemas.tweets import Entry
from streams.chaos.verdict import in_the_views
from tests.projections.memory_log import posted
from tests.streams.aviary import Aviary
from tests.streams.test_cli import Birdlog, run

STRANGER = 7


@pytest.fixture
def birdlog(aviary: Aviary, tmp_path_factory: pytest.TempPathFactory) -> Birdlog:
    home = {"BIRDLOG_HOME": str(tmp_path_factory.mktemp("home"))}
    return lambda *arguments: run(*arguments, environment=aviary.stack.servers.environ() | home)


async def test_the_audit_finds_what_is_wrong_and_nothing_else(
    aviary: Aviary, birdlog: Birdlog
) -> None:
    worker = await aviary.start_worker()
    await aviary.load([(901, 902), (902, 901), (903, 901)], [(901, "Wren"), (902, "Finch")])
    await aviary.caught_up()
    clean = await birdlog("audit", "--json")
    views = clean.json["views"]
    assert [(view["view"], view["differences"]) for view in views] == [(n, 0) for n in VIEWS]
    assert {view["view"] for view in views if view["events"] and view["keys"]} >= {
        "tweets", "graph", "timelines", "cache", "search", "counters", "analytics",
    }  # fmt: skip
    assert clean.code == 0

    at = await generations.current(aviary.stores.postgres)
    key, entry = Keys(at["timelines"]).author(STRANGER), pack([Entry(5, STRANGER, 5)])
    await aviary.stores.redis.lpush(key, entry)
    wrong = await birdlog("audit", "timelines", "tweets")
    assert wrong.code == 1
    assert f"timelines: author {STRANGER} surplus" in wrong.out
    assert "expected nothing" in wrong.out
    assert "tweets:" not in wrong.out
    (told,) = (await birdlog("audit", "timelines", "--json", "--show", "0")).json["views"]
    assert (told["differences"], told["first"]) == (1, [])
    (found,) = await in_the_views(aviary.stores, aviary.servers.kafka, ["timelines", "tweets"])
    assert (found.where, found.which) == ("timelines", f"author {STRANGER}")
    assert found.what.startswith("surplus: expected nothing, found ")
    assert await aviary.stores.redis.lrem(key, 0, cast("str", entry)) == 1
    assert (await birdlog("audit", "timelines")).code == 0
    assert await aviary.end(worker) == 0


async def test_what_is_only_late_is_no_difference(aviary: Aviary, birdlog: Birdlog) -> None:
    async with Log(aviary.servers.kafka) as log:
        await log.append(posted(5, STRANGER, at=1))
    late = await birdlog("audit", "tweets", "--wait", "0.5")
    assert "tweets has not come to the end of the log" in late.complaint
    assert "no view wren" in (await birdlog("audit", "wren")).complaint
