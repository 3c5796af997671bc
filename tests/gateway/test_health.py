"""Is the gateway alive, and can it work."""

import asyncio
import itertools
from collections.abc import Mapping

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from deploy.ports import free_base
from events.log import Log
from gateway import health
from gateway.app import make_app
from gateway.degraded import Degraded
from gateway.health import HEALTH
from gateway.log_ends import log_ends
from gateway.state import GATEWAY
from schemas.dead_letters import DeadLetter
from schemas.servers import Servers
from schemas.topics import DEAD_LETTERS
from streams.dead_letters import DeadLetters
from tests.person import Person


async def test_a_gateway_that_runs_says_so_to_anybody(gateway: str) -> None:
    async with ClientSession() as session, session.get(f"{gateway}/livez") as response:
        assert (response.status, await response.text()) == (200, "ok")


async def test_a_gateway_that_can_work_names_what_it_needs(gateway: str) -> None:
    async with ClientSession() as session, session.get(f"{gateway}/readyz") as response:
        assert response.status == 200
        body = await response.json()
        assert body == {
            "degraded": [],
            "kafka": True,
            "mongodb": True,
            "redis": True,
            "postgres": True,
            "elasticsearch": True,
            "stopping": False,
        }


async def test_dead_letters_that_cannot_be_read_are_nobodys_error(
    servers: Servers, log: Log
) -> None:
    letter = DeadLetter("tweets", "tweets:0:0")
    await DeadLetters(log).settle(letter, "dropped")  # so that there is something to read
    async with log_ends(servers.kafka, DEAD_LETTERS) as ends:
        degraded = Degraded(f"127.0.0.1:{free_base()}", ends)
        await degraded.refresh()
        assert degraded.views == []


async def test_a_gateway_that_is_leaving_says_so_and_keeps_no_connection(servers: Servers) -> None:
    app = make_app(servers)
    async with TestServer(app) as server, ClientSession() as session:
        async with session.get(server.make_url("/readyz")) as response:
            assert (response.status, response.headers.get("Connection")) == (200, None)
        app[GATEWAY].leaving = True
        async with session.get(server.make_url("/readyz")) as response:
            assert response.status == 503
            assert (await response.json())["stopping"] is True
        async with session.get(server.make_url("/2/users/me")) as response:
            assert (response.status, response.headers["Connection"]) == (401, "close")


async def test_many_who_ask_at_once_and_soon_after_share_one_look(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "SHARED_SECONDS", 3_600.0)
    app = make_app(servers)
    async with TestServer(app) as server, ClientSession() as session:
        look, looks = app[HEALTH]._look, itertools.count()

        async def counted() -> Mapping[str, bool]:
            next(looks)
            return await look()

        monkeypatch.setattr(app[HEALTH], "_look", counted)

        async def ask() -> int:
            async with session.get(server.make_url("/readyz")) as response:
                return response.status

        assert await asyncio.gather(*(ask() for _ in range(50))) == [200] * 50
        assert await ask() == 200
        assert next(looks) == 1
        app[GATEWAY].leaving = True
        assert await ask() == 503


async def test_after_a_second_it_is_looked_again(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "SHARED_SECONDS", 0.0)
    app = make_app(servers)
    async with TestServer(app):
        assert (await app[HEALTH].readiness()).ready
        monkeypatch.setattr(health, "PROBE_SECONDS", 0.0)
        assert not (await app[HEALTH].readiness()).ready


async def test_a_head_is_a_get_without_its_body(alice: Person) -> None:
    async with (
        ClientSession() as session,
        session.head(
            f"{alice.gateway}/2/users/me", headers={"Authorization": f"Bearer {alice.token}"}
        ) as response,
    ):
        assert response.status == 200
        assert int(response.headers["Content-Length"]) > 0
        assert await response.read() == b""
