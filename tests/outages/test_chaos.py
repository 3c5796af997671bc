"""A short fault run on a stack of its own; `./birdlog chaos` plays other seeds, and longer."""

import logging
from collections.abc import Callable
from itertools import islice
from random import SystemRandom

import pytest
from rich.console import Console

from deploy.home import CLONE
from deploy.servers import VARIABLES
from streams.chaos.ledger import Outcome
from streams.chaos.running import wreak
from streams.chaos.schedule import ALL, draw
from streams.commands.chaos import LARGEST_SEED, demo_texts

SECONDS = 30.0
"""Some ten faults; which ones, a fresh seed says, so that in time all are played."""


def test_the_seed_alone_decides_and_every_fault_has_its_turn() -> None:
    first = [str(drawn.fault) for drawn in islice(draw(5), 2 * len(ALL))]
    assert first == [str(drawn.fault) for drawn in islice(draw(5), 2 * len(ALL))]
    assert set(first[: len(ALL)]) == set(map(str, ALL))
    assert first != [str(drawn.fault) for drawn in islice(draw(6), 2 * len(ALL))]


async def test_what_was_acknowledged_is_there_once_after_faults(
    monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    for name in VARIABLES.values():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(CLONE)
    seed = SystemRandom().randrange(LARGEST_SEED)
    record_property("seed", seed)
    said, level = list[str](), logging.getLogger("aiokafka").level
    report = await wreak(seed, SECONDS, demo_texts(), Console(quiet=True), said.append)
    record_property("faults", ", ".join(done.fault for done in report.faults))
    assert report.found == [], "\n".join([f"seed {seed}, logs: {report.logs}", *said])
    assert report.faults
    assert report.total(Outcome.ACKNOWLEDGED) > 100
    assert report.total(Outcome.REFUSED) > 0
    assert logging.getLogger("aiokafka").level == level
