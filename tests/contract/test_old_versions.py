"""Events as they were once written leave every view as the same events written today do."""

import time
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial

import pytest
from msgspec.structs import replace

from events.codec import decode
from projections.stores import Stores
from projections.view import Digest
from schemas.servers import Servers
from tests.contract.stage import HOUR_MS, Stage
from tests.contract.story import Round
from tests.contract.subjects import SUBJECTS
from tests.contract.trial import trial
from tests.events.written.lines import FILES, lines

ROUND = 40
VIEWS = [name for name, subject in SUBJECTS.items() if name == subject.view]


def told(version: Callable[[Iterable[int]], int], at: int, _: int) -> list[Round]:
    """The story of the lines, each event in one of the versions that there are of it.

    All of it happens at `at`, since the cache takes nothing that is old.
    """
    versions: dict[str, list[int]] = {}
    for name, number in FILES:
        versions.setdefault(name, []).append(number)
    events = [
        replace(decode(line), at=at)
        for name, there in versions.items()
        for line in lines((name, version(there)))
    ]
    events.sort(key=lambda event: event.event_id)
    return [events[start : start + ROUND] for start in range(0, len(events), ROUND)]


@pytest.fixture(scope="module")
async def stages(servers: Servers, stores: Stores) -> AsyncIterator[list[Stage]]:
    """One on which all is told as long ago, and one on which it is told as today."""
    soon = int(time.time() * 1000) + HOUR_MS
    stages = [Stage(servers, stores, partial(told, version, soon)) for version in (min, max)]
    for stage in stages:
        await stage.set()
    yield stages
    for stage in stages:
        await stage.clear()


@pytest.mark.parametrize("view", VIEWS)
async def test_old_versions_are_read_by_every_view(view: str, stages: list[Stage]) -> None:
    (long_ago, seen_then), (today, seen_today) = [await _brought(view, stage) for stage in stages]
    assert long_ago.rows or seen_then
    assert (long_ago, seen_then) == (today, seen_today)


async def _brought(view: str, stage: Stage) -> tuple[Digest, object]:
    async with trial(SUBJECTS[view], stage, stage.script()) as calm:
        for batch in calm.batches:
            await calm.look()
            await calm.take_over(batch)
        outcome = await calm.outcome()
    return outcome.digest, outcome.shown
