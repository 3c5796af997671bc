from pathlib import Path

import pytest

from deploy.child import ask
from deploy.failure import StackError
from deploy.home import Home
from deploy.part import Part
from deploy.ports import free_base
from deploy.stack import Stack
from gateway.monitor import VARIABLE, monitor
from projections.registry import VIEWS
from streams.parts import WORKERS, parts
from streams.pulse import Pulse


def test_every_view_has_one_worker() -> None:
    shared = [view for views in WORKERS.values() for view in views]
    assert sorted(shared) == sorted(VIEWS)


@pytest.fixture
def described(tmp_path: Path) -> dict[str, Part]:
    """The parts of a stack that does not run."""
    return {part.name: part for part in parts(Stack(Home(tmp_path), free_base()))}


async def test_a_relay_is_ready_when_it_says_so(
    described: dict[str, Part], monkeypatch: pytest.MonkeyPatch
) -> None:
    relay, pulse = described["outbox"], Pulse(["outbox"])
    assert relay.ready is not None
    monkeypatch.setenv(VARIABLE, relay.env[VARIABLE])
    async with monitor(pulse.ready):
        with pytest.raises(StackError, match="503"):
            await ask(relay.ready)
        pulse.beat("outbox")
        await ask(relay.ready)


def test_every_part_names_the_port_that_shows_its_metrics(described: dict[str, Part]) -> None:
    """So that it is told when somebody else has it."""
    for part in described.values():
        assert int(part.env[VARIABLE].rpartition(":")[2]) in part.ports
    ports = [port for part in described.values() for port in part.ports]
    assert len(set(ports)) == len(ports)
