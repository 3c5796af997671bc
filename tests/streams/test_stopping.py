"""SIGTERM to what is at work: nothing is lost, and it ends in time."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession, ClientTimeout

from deploy.ports import free_base
from gateway.accounts import Accounts, Registration
from gateway.leases import leased_snowflakes
from streams.lag import caught_up
from streams.tail import lines
from tests.forking import Started
from tests.streams.aviary import SECONDS, Aviary
from tests.streams.test_survival import load

STOP_SECONDS = 10.0
ROLLED = ("tweets", "cache", "graph", "timelines")
"""What lookups and home timelines are read from."""


async def stopped(process: Started) -> None:
    """Told to stop, it ends well and in time."""
    began = time.monotonic()
    process.terminate()
    async with asyncio.timeout(SECONDS):
        assert await process.wait() == 0
    assert time.monotonic() - began < STOP_SECONDS


async def status(session: ClientSession, url: str) -> int:
    """0 when nobody answers."""
    try:
        async with session.get(url) as response:
            return response.status
    except (ClientError, TimeoutError):
        return 0


async def until_ready(address: str) -> None:
    async with ClientSession() as session, asyncio.timeout(SECONDS):
        while await status(session, f"{address}/readyz") != 200:
            await asyncio.sleep(0.05)


async def test_workers_that_are_told_to_stop_under_load_lose_nothing(aviary: Aviary) -> None:
    monitor = f"127.0.0.1:{free_base()}"
    worker = await aviary.start_worker(BIRDLOG_MONITOR=monitor)
    await until_ready(f"http://{monitor}")
    before = await aviary.applied("timelines")
    over = asyncio.Event()

    async def go_on() -> None:
        for seed in itertools.count(30_000):
            await load(aviary, seed, 20, 200, per_second=400)
            if over.is_set():
                return

    async with asyncio.TaskGroup() as group:
        group.create_task(go_on())
        await aviary.moves_to("timelines", before + 300)
        async with ClientSession() as session, session.get(f"http://{monitor}/metrics") as response:
            shown = await response.text()
        for name in ("view_lag_events", "apply_seconds_count", "batch_events_count"):
            assert f"birdlog_{name}{{" in shown, name
        await stopped(worker)
        over.set()
        worker = await aviary.start_worker()
    await aviary.caught_up()
    await aviary.check()
    await stopped(worker)


async def test_a_relay_that_is_told_to_stop_at_work_leaves_no_account_behind(
    aviary: Aviary,
) -> None:
    pool, bootstrap = aviary.stores.postgres, aviary.servers.kafka
    monitor = f"127.0.0.1:{free_base()}"
    relay = await aviary.start("streams", "outbox", BIRDLOG_MONITOR=monitor)
    await until_ready(f"http://{monitor}")
    async with leased_snowflakes(pool) as ids:
        accounts = Accounts(pool)
        users = []
        async with asyncio.TaskGroup() as group:
            for number in range(40):
                batch = [Registration(username=f"r{number}_{n}", name="r") for n in range(50)]
                users += await accounts.register_all(batch, ids, "t")
                if number == 20:
                    group.create_task(stopped(relay))
    relay = await aviary.start("streams", "outbox", BIRDLOG_MONITOR=monitor)
    await until_ready(f"http://{monitor}")
    async with asyncio.timeout(SECONDS):
        while await pool.fetchval("SELECT count(*) FROM outbox"):
            await asyncio.sleep(0.05)
    await stopped(relay)
    told = {
        int(line.key) async for line in lines(bootstrap, "users", key=None, start=0, follow=False)
    }
    assert told >= {user.user_id for user in users}


class Front:
    """What stands before two gateways: asks both whether they are ready, and takes turns."""

    def __init__(self, addresses: list[str]) -> None:
        self._turns = itertools.cycle(addresses)
        self._ready = dict.fromkeys(addresses, False)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        async def watch(address: str) -> None:
            async with ClientSession(timeout=ClientTimeout(5)) as session:
                while True:
                    self._ready[address] = await status(session, f"{address}/readyz") == 200
                    await asyncio.sleep(0.2)

        watches = [asyncio.create_task(watch(address)) for address in self._ready]
        try:
            yield
        finally:
            for one in watches:
                one.cancel()
            await asyncio.gather(*watches, return_exceptions=True)

    async def sees_both(self) -> None:
        async with asyncio.timeout(SECONDS):
            while not all(self._ready.values()):
                await asyncio.sleep(0.05)

    def next(self) -> str:
        return next(a for a in itertools.islice(self._turns, 2) if self._ready[a])


@pytest.fixture
async def tokens(aviary: Aviary) -> list[str]:
    """Of so many that nobody's timeline is cut, also where a machine is fast."""
    accounts = Accounts(aviary.stores.postgres)
    rolling = [Registration(username=f"rolling_{n}", name="r") for n in range(50)]
    async with leased_snowflakes(aviary.stores.postgres) as ids:
        users = await accounts.register_all(rolling, ids, "t")
    return [await accounts.issue_token(user.user_id) for user in users]


async def test_a_rolling_restart_drops_no_request(aviary: Aviary, tokens: list[str]) -> None:
    base = free_base()
    addresses = [f"http://127.0.0.1:{base + number}" for number in range(2)]

    async def gateway(number: int) -> Started:
        port = str(base + number)
        process = await aviary.start("gateway", BIRDLOG_PORT=port, BIRDLOG_RATE_LIMITS="off")
        await until_ready(addresses[number])
        return process

    async def worker(number: int) -> Started:
        monitor = f"127.0.0.1:{base + 2 + number}"
        process = await aviary.start_worker(*ROLLED, BIRDLOG_MONITOR=monitor)
        await until_ready(f"http://{monitor}")
        return process

    gateways = list(await asyncio.gather(gateway(0), gateway(1)))
    workers = list(await asyncio.gather(worker(0), worker(1)))
    front, over, posted, reads = Front(addresses), asyncio.Event(), list[str](), 0
    reader, *writers = [{"Authorization": f"Bearer {token}"} for token in tokens]
    turns = itertools.cycle(writers)

    async def answer(session: ClientSession, path: str) -> Any:
        async with session.get(f"{front.next()}{path}", headers=reader) as response:
            assert response.status == 200
            return (await response.json()).get("data")

    async def seen(session: ClientSession) -> tuple[str, str]:
        """The paths of the reader's home, and of the only tweet that is in it."""
        body = {"text": "before"}
        async with session.post(f"{front.next()}/2/tweets", json=body, headers=reader) as response:
            assert response.status == 201
            tweet = (await response.json())["data"]["id"]
        me = (await answer(session, "/2/users/me"))["id"]
        home = f"/2/users/{me}/timelines/reverse_chronological"
        async with asyncio.timeout(SECONDS):
            while not await answer(session, home):
                await asyncio.sleep(0.1)
        return home, f"/2/tweets/{tweet}"

    async def read(session: ClientSession, home: str, tweet: str) -> None:
        nonlocal reads
        while not over.is_set():
            looked_up = await answer(session, tweet)
            assert await answer(session, home) == [looked_up]
            reads += 1
            await asyncio.sleep(0.02)

    async def post(session: ClientSession) -> None:
        while not over.is_set():
            url = f"{front.next()}/2/tweets"
            async with session.post(url, json={"text": "x"}, headers=next(turns)) as response:
                assert response.status == 201
                posted.append((await response.json())["data"]["id"])

    async with front.watching(), ClientSession() as session:
        await front.sees_both()
        home, tweet = await seen(session)
        async with asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(post(session))
            for _ in range(2):
                group.create_task(read(session, home, tweet))
            for number in range(2):
                await asyncio.gather(stopped(gateways[number]), stopped(workers[number]))
                gateways[number], workers[number] = await asyncio.gather(
                    gateway(number), worker(number)
                )
                await front.sees_both()
            over.set()
    assert reads > 100
    acknowledged = set(posted)
    assert len(posted) == len(acknowledged) > 100
    told = [
        line.key
        async for line in lines(aviary.servers.kafka, "tweets", key=None, start=0, follow=False)
    ]
    assert sorted(key for key in told if key in acknowledged) == sorted(posted)
    await caught_up(aviary.stores, aviary.servers.kafka, ["tweets"], seconds=SECONDS)
    held = await (await aviary.readers()).tweets.find(map(int, posted))
    assert {str(tweet) for tweet in held} == acknowledged
    for one in (*gateways, *workers):
        await stopped(one)
