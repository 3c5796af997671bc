"""The relay and a row that it cannot read: it holds, and says so."""

import asyncio
import re
from typing import Any

import pytest
from aiohttp import ClientSession

from deploy.ports import free_base
from events.codec import encode
from gateway.monitor import VARIABLE
from gateway.outbox import OUTBOX_CHANNEL
from schemas.events import ListChanged, ListCreated, ListDeleted
from streams import pulse
from streams.outbox import relay
from streams.tail import lines
from tests.projections.memory_log import fresh_number
from tests.streams.aviary import SECONDS, Aviary
from tests.streams.test_stopping import status

FRESH_SECONDS = 3.0


async def put(aviary: Aviary, *values: bytes) -> list[int]:
    """Into the outbox, under the ids that are returned."""
    rows = [
        await aviary.stores.postgres.fetchval(
            "INSERT INTO outbox (event) VALUES ($1) RETURNING outbox_id", value
        )
        for value in values
    ]
    await aviary.stores.postgres.execute(f"NOTIFY {OUTBOX_CHANNEL}")
    return rows


async def until_left(aviary: Aviary, rows: list[int]) -> None:
    async with asyncio.timeout(SECONDS):
        while await left(aviary) != rows:
            await asyncio.sleep(0.05)


async def left(aviary: Aviary) -> list[int]:
    rows = await aviary.stores.postgres.fetch("SELECT outbox_id FROM outbox ORDER BY outbox_id")
    return [row["outbox_id"] for row in rows]


async def until_says(session: ClientSession, url: str, wanted: int) -> None:
    async with asyncio.timeout(SECONDS):
        while await status(session, url) != wanted:
            await asyncio.sleep(0.05)


async def test_an_event_of_a_newer_gateway_holds_the_relay_until_it_is_read(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    number = fresh_number()
    facts: dict[str, Any] = {"at": 1, "actor": 1, "request_id": "", "list_id": number}
    created, changed, deleted = (
        encode(event)
        for event in (
            ListCreated(event_id=number, name="Herons", **facts),
            ListChanged(event_id=number + 1, name="Egrets", **facts),
            ListDeleted(event_id=number + 2, **facts),
        )
    )
    door = f"127.0.0.1:{free_base()}"
    monkeypatch.setenv(VARIABLE, door)
    monkeypatch.setattr(pulse, "FRESH_SECONDS", FRESH_SECONDS)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group, ClientSession() as session:
        relaying = group.create_task(relay(aviary.servers, stop))
        await until_says(session, f"http://{door}/readyz", 200)
        newer = re.sub(rb'"v":\d+', b'"v":99', changed)
        assert newer != changed
        _, *held = await put(aviary, created, newer, deleted)
        await until_left(aviary, held)
        await until_says(session, f"http://{door}/readyz", 503)
        assert await left(aviary) == held
        assert not relaying.done()
        assert "ListChanged of version 99 is newer than this birdlog" in caplog.text

        await aviary.stores.postgres.execute(
            "UPDATE outbox SET event = $1 WHERE outbox_id = $2", changed, held[0]
        )
        await until_left(aviary, [])
        await until_says(session, f"http://{door}/readyz", 200)
        stop.set()
        async with asyncio.timeout(SECONDS):
            await relaying
    told = lines(aviary.servers.kafka, "lists", key=str(number), start=0, follow=False)
    assert [line.event["type"] async for line in told] == [
        kind.__name__ for kind in (ListCreated, ListChanged, ListDeleted)
    ]
