"""Metrics and health, at a door of their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from deploy.ports import free_base
from deploy.stack import Stack
from gateway.monitor import VARIABLE, monitor
from streams.pulse import Pulse
from tests.person import Person
from tests.processes import start, within

START_SECONDS = 60.0


@pytest.fixture
async def pulse(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, Pulse]]:
    """The address of a monitor and what it shows as health."""
    address = f"127.0.0.1:{free_base()}"
    monkeypatch.setenv(VARIABLE, address)
    pulse = Pulse(["one", "other"])
    async with monitor(pulse.ready):
        yield f"http://{address}", pulse


async def ready(address: str) -> tuple[int, dict[str, bool]]:
    async with ClientSession() as session, session.get(f"{address}/readyz") as response:
        return response.status, await response.json()


async def samples(address: str) -> dict[tuple[str, ...], float]:
    """By name and the values of the labels."""
    async with ClientSession() as session, session.get(f"{address}/metrics") as response:
        assert response.status == 200
        text = await response.text()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_a_process_is_ready_while_all_of_it_shows_signs_of_life(
    pulse: tuple[str, Pulse],
) -> None:
    address, beating = pulse
    async with ClientSession() as session, session.get(f"{address}/livez") as response:
        assert response.status == 200
    assert await ready(address) == (503, {"one": False, "other": False})
    beating.beat("one")
    assert await ready(address) == (503, {"one": True, "other": False})
    beating.beat("other")
    assert await ready(address) == (200, {"one": True, "other": True})
    beating.stop()
    assert (await ready(address))[0] == 503


async def test_requests_are_counted_by_route_and_status(
    pulse: tuple[str, Pulse], alice: Person
) -> None:
    address, _ = pulse
    before = await samples(address)
    tweet = await alice.tweet("Counted")
    await alice.lookup(tweet)
    await alice.lookup("7")
    await alice.call("PURGE", "/2/coffee/17")
    after = await samples(address)

    def more(*key: str) -> float:
        return after.get(key, 0.0) - before.get(key, 0.0)

    count = "birdlog_request_seconds_count"
    assert more(count, "POST", "/2/tweets", "201") == 1
    assert more(count, "GET", "/2/tweets/{id}", "404") == 1
    assert more(count, "other", "unmatched", "404") == 1
    assert more("birdlog_log_append_seconds_count") >= 1
    assert more("birdlog_cache_lookups_total", "miss") >= 1
    assert not [key for key in after if "coffee" in str(key)]


async def test_strangers_see_no_metrics(alice: Person) -> None:
    assert (await alice.call("GET", "/metrics")).status == 404


@pytest.mark.parametrize(
    ("variable", "text"), [("BIRDLOG_PORT", "8o80"), (VARIABLE, "localhost"), (VARIABLE, "::1:x")]
)
async def test_a_gateway_whose_ports_are_none_says_so_in_one_line(
    stack: Stack, variable: str, text: str, tmp_path: Path
) -> None:
    log = tmp_path / "gateway.log"
    media = {"BIRDLOG_MEDIA": str(tmp_path)}
    environment = stack.servers.environ() | media | {variable: text}
    gateway = await start("gateway", environment=environment, log=log)
    async with within(START_SECONDS, gateway):
        assert await gateway.wait() == 2
    (line,) = log.read_text().splitlines()
    assert line.startswith(f"{variable}: ")
    assert line.endswith("is no port")
