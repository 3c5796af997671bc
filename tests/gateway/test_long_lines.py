"""The first line of a request has room for what the parameters promise."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest
from aiohttp import ClientSession
from yarl import URL

from deploy.ports import free_base
from gateway import running
from gateway.app import make_app
from gateway.limits import OFF
from gateway.running import serve
from schemas.servers import Servers
from tests.gateway.streams import RULES
from tests.person import Person

HOST = "127.0.0.1"
SECONDS = 20.0


@pytest.fixture
async def address(
    servers: Servers, workers: None, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[str]:
    """Of a gateway as it is started for good, not as tests start one."""
    monkeypatch.setattr(running, "NOTICE_SECONDS", 0.0)
    port, stop = free_base(), asyncio.Event()
    serving = asyncio.create_task(serve(make_app(servers, limits_times=OFF), HOST, port, stop))
    async with ClientSession() as session, asyncio.timeout(SECONDS):
        while not await answers(session, f"http://{HOST}:{port}/livez"):
            await asyncio.sleep(0.05)
    yield f"http://{HOST}:{port}"
    stop.set()
    await serving


async def answers(session: ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as response:
            return response.status == 200
    except OSError:
        return False


@pytest.mark.parametrize(
    "line",
    [
        f"{RULES}?ids=" + "%2C".join(str(10**18 + n) for n in range(1_000)),
        "/2/tweets/search/all?query=" + quote("\N{BIRD}" * 1_024),
    ],
)
async def test_a_line_as_long_as_the_parameters_may_be(
    alice: Person, address: str, line: str
) -> None:
    url = URL(address + line, encoded=True)
    async with ClientSession(headers=alice.credentials) as session, session.get(url) as response:
        assert response.status == 200, await response.text()
        assert (await response.json())["meta"]["result_count"] == 0
