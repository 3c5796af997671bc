"""Records that a view set aside: looked at, tried again, let go; by the command line."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from events.dead_letters import all_letters
from events.log import Log
from events.positions import Partition, Position
from gateway.app import make_app
from projections import generations
from projections.registry import VIEWS
from projections.view import Batch
from schemas.dead_letters import DeadLetter
from schemas.events import ListCreated
from streams.dead_letters import DeadLetters, letter_of
from tests.streams.aviary import SECONDS, Aviary
from tests.streams.test_cli import Birdlog, Ran, run

LIST = 2**60
LONGEST_RECORD = 1_000_000
"""Some bytes less than Kafka takes, unless it is told otherwise."""
NESTED = b'{"type":' + 2_000 * b"[" + 2_000 * b"]" + b"}"
GARBAGE = b'{"type":"ListEaten","request_id":"req-0"}'


@pytest.fixture
async def birdlog(aviary: Aviary) -> Birdlog:
    environment = aviary.stack.servers.environ() | {"BIRDLOG_HOME": str(aviary.stack.home.root)}

    async def birdlog(*arguments: Any, **more: Any) -> Ran:
        return await run(*arguments, environment=environment, **more)

    return birdlog


@pytest.fixture
async def gateway(aviary: Aviary) -> AsyncIterator[str]:
    server = TestServer(make_app(aviary.servers))
    await server.start_server()
    yield str(server.make_url("")).rstrip("/")
    await server.close()


async def degraded(gateway: str) -> list[str]:
    async with ClientSession() as session, session.get(f"{gateway}/readyz") as response:
        assert response.status == 200
        views: list[str] = (await response.json())["degraded"]
        return views


async def until_degraded(gateway: str, views: list[str]) -> None:
    """The stores are asked once a second."""
    async with asyncio.timeout(SECONDS):
        while await degraded(gateway) != views:
            await asyncio.sleep(0.1)


async def opened(aviary: Aviary, letter: str) -> None:
    """Waits until a worker has set the record aside."""
    async with asyncio.timeout(SECONDS):
        while letter not in await all_letters(aviary.servers.kafka):
            await asyncio.sleep(0.1)


async def skipped(aviary: Aviary, position: Position) -> None:
    """Leaves the view of lists as a worker does that cannot apply the last event of a partition."""
    at = await generations.current(aviary.stores.postgres)
    view = VIEWS["lists"](aviary.stores, at)
    start = (await view.checkpoints()).get(position.partition, 0)
    await view.apply(Batch(position.partition, start, position.offset + 1, ()))


def test_any_record_fits_into_a_letter() -> None:
    letter = letter_of("lists", Position(Partition("lists", 0), 1), "\0" * 10**6, b"\0" * 10**6)
    assert len(msgspec.json.encode(letter)) < LONGEST_RECORD


async def test_a_letter_is_shown_retried_and_dropped(
    aviary: Aviary, birdlog: Birdlog, gateway: str
) -> None:
    async with Log(aviary.servers.kafka) as log:
        await log.append_bytes("dead-letters", b"lists", b"no letter")
        await log.append_bytes("dead-letters", b"lists", NESTED)
        garbage = f"lists@{await log.append_bytes('lists', b'1', GARBAGE)}"
        before = aviary.log.stat().st_size if aviary.log.exists() else 0
        worker = await aviary.start_worker("lists")
        await opened(aviary, garbage)
        assert await aviary.end(worker) == 0
        said = [json.loads(line) for line in aviary.log.read_bytes()[before:].splitlines()]
        about = {
            (line["level"], line["message"]) for line in said if line.get("request_id") == "req-0"
        }
        assert any(level == "ERROR" and "can never apply" in what for level, what in about)

        refused = await birdlog("dead-letters", "retry", garbage)
        assert "cannot read" in refused.complaint
        created = ListCreated(
            event_id=1, at=1, actor=7, request_id="req-1", list_id=LIST, name="birds"
        )
        position = await log.append(created)
        missed = f"lists@{position}"
        await skipped(aviary, position)
        await DeadLetters(log).add("lists", position, "an older worker", b'{"request_id":"req-1"}')

    at_once = await asyncio.gather(
        birdlog("dead-letters", "list", "lists", "--json"),
        birdlog("dead-letters", "show", missed, "--json"),
        birdlog("dead-letters", "show", garbage),
        birdlog("status", "--json"),
        birdlog("dead-letters", "drop", "lists@lists:0:999999"),
    )
    listed, shown, pretty, status, refused = at_once
    letters = listed.json["dead_letters"]
    assert [(one["letter"], one["state"]) for one in letters] == [
        (garbage, "open"),
        (missed, "open"),
    ]
    assert shown.json == letters[1] | {"event": {"request_id": "req-1"}}
    assert '"ListEaten"' in pretty.out
    assert "there is no dead letter lists@lists:0:999999" in refused.complaint
    parts = {one["name"]: one for one in status.json["parts"]}
    assert parts["worker-timelines"]["degraded"] == {"lists": 2}
    assert parts["worker-tweets"]["degraded"] == {}
    await until_degraded(gateway, ["lists"])

    assert await (await aviary.readers()).lists.find([LIST]) == {}
    retried = await birdlog("dead-letters", "retry", missed, "--json")
    assert retried.code == 1  # one of the view's letters is open still
    (view,) = retried.json["retried"]
    assert (view["applied"], view["open"]) == ([missed], [garbage])
    assert [*await (await aviary.readers()).lists.find([LIST])] == [LIST]
    await until_degraded(gateway, ["lists"])

    dropped = await birdlog("dead-letters", "drop", garbage)
    assert (dropped.code, dropped.out) == (0, "")
    await until_degraded(gateway, [])
    async with Log(aviary.servers.kafka) as log:  # as after the loss of a store
        again = Position.parse(garbage.removeprefix("lists@"))
        await DeadLetters(log).add("lists", again, "unknown type", GARBAGE)
        await DeadLetters(log).add("tweets", again, "noticed when all before it is", GARBAGE)
    await until_degraded(gateway, ["tweets"])
    async with Log(aviary.servers.kafka) as log:
        await DeadLetters(log).settle(DeadLetter("tweets", str(again)), "dropped")
    await until_degraded(gateway, [])
    open_ones, every_one, refused = await asyncio.gather(
        birdlog("dead-letters", "list"),
        birdlog("dead-letters", "list", "--all"),
        birdlog("dead-letters", "drop", missed),
    )
    assert "@" not in open_ones.out
    settled = {line.split()[0]: line.split()[3] for line in every_one.out.splitlines()[1:]}
    own = {name: settled[name] for name in (f"tweets@{again}", garbage, missed)}
    assert own == {f"tweets@{again}": "dropped", garbage: "dropped", missed: "applied"}
    assert "settled already" in refused.complaint
