"""A short fault run on a stack of its own; `./birdlog chaos` plays other seeds, and longer."""

from itertools import islice

import pytest
from rich.console import Console

from deploy.home import CLONE
from deploy.servers import VARIABLES
from streams.chaos.ledger import Outcome
from streams.chaos.running import wreak
from streams.chaos.schedule import ALL, draw
from streams.commands.chaos import demo_texts

SECONDS = 15.0
SEED = 40
"""Redis stops, a worker's clock steps back, another is told to stop, PostgreSQL refuses writes, a
third is killed. Always the same: the suite must fail for what was changed, not by the draw."""


def test_the_seed_alone_decides_and_every_fault_has_its_turn() -> None:
    first = [str(drawn.fault) for drawn in islice(draw(5), 2 * len(ALL))]
    assert first == [str(drawn.fault) for drawn in islice(draw(5), 2 * len(ALL))]
    assert set(first[: len(ALL)]) == set(map(str, ALL))
    assert first != [str(drawn.fault) for drawn in islice(draw(6), 2 * len(ALL))]


async def test_what_was_acknowledged_is_there_once_after_faults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in VARIABLES.values():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(CLONE)
    said: list[str] = []
    report = await wreak(SEED, SECONDS, demo_texts(), Console(quiet=True), said.append)
    print(*said, sep="\n")  # noqa: T201
    assert report.found == []
    assert report.faults
    assert report.total(Outcome.ACKNOWLEDGED) > 100
    assert report.total(Outcome.REFUSED) > 0
