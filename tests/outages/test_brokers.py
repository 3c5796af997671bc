"""Three brokers, each record on all of them: any one is killed while people write.

No worker reads this cluster, so nothing is written that would wait for a view: a follow would.
"""

import asyncio
import itertools
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from aiokafka.admin import AIOKafkaAdminClient
from msgspec.structs import replace
from rich.console import Console

from deploy.broker import NOTICED_MS, Broker
from deploy.home import Home
from deploy.kafka import broker_part, cluster_id
from deploy.part import Part
from deploy.ports import free_base
from deploy.set_up import set_up
from deploy.supervisor import Supervisor
from deploy.tools import KafkaTools
from events.log import APPEND_SECONDS
from events.positions import Partition, Position
from events.setup import create_topics
from gateway.admission import MANY
from gateway.app import make_app
from gateway.limits import OFF
from gateway.positions import EVENT_POSITION
from schemas.servers import Servers
from streams.chaos.ledger import PREFIX, Attempt, Entry, Ledger
from streams.chaos.verdict import on_the_log, written
from tests.conftest import Register
from tests.person import Person

CLUSTER = 3
NOTICED_SECONDS = NOTICED_MS / 1_000
CONTROLLER_SECONDS = 3.0
"""Where the one that was killed led the others: they miss it after 2 s, elect in 1 s
(`controller.quorum.fetch.timeout.ms` and `.election.timeout.ms`), and only then begin to wait for
it as a broker."""

GAP_SECONDS = CONTROLLER_SECONDS + NOTICED_SECONDS + APPEND_SECONDS
"""An election, and what is sent before its end may have to be refused before it is sent again."""

WRITERS = 8
AFTER = 20
"""Acknowledged events that show that writing to a partition goes on."""

HEALS_SECONDS = 60.0

People = list[Person]


class Cluster:
    def __init__(self, supervisor: Supervisor, bootstrap: str) -> None:
        self.supervisor = supervisor
        self.bootstrap = bootstrap

    async def until_in_sync(self) -> None:
        """Waits until every replica of every partition is in sync."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=10_000)
        try:
            await admin.start()
            async with asyncio.timeout(HEALS_SECONDS):
                while not await _in_sync(admin):
                    await asyncio.sleep(0.2)
        finally:
            await admin.close()


async def _in_sync(admin: AIOKafkaAdminClient) -> bool:
    described = await admin.describe_topics(["tweets", "graph"])
    found = [partition for topic in described for partition in topic["partitions"]]
    assert all(len(partition["replicas"]) == CLUSTER for partition in found)
    return all(len(partition["isr"]) == CLUSTER for partition in found)


def cluster_parts(home: Home, base: int, tools: KafkaTools) -> list[Part]:
    """Three brokers, `kafka-1` to `kafka-3`, at `base` to `base` + 2, their controllers above."""
    nodes = range(1, CLUSTER + 1)
    brokers = [Broker(n, base + n - 1, base + CLUSTER + n - 1, base + n - 1) for n in nodes]
    cluster = cluster_id()
    return [
        broker_part(f"kafka-{broker.node}", home, broker, brokers, cluster, tools)
        for broker in brokers
    ]


@pytest.fixture
async def cluster(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Cluster]:
    caplog.set_level(logging.CRITICAL)  # clients of Kafka say a lot when a broker is away
    monkeypatch.setenv("KAFKA_OPTS", "-Xms128m -Xmx256m")
    tools = (await set_up({"kafka"}, Console(quiet=True))).kafka
    assert tools is not None
    parts = cluster_parts(Home(tmp_path), free_base(), tools)
    supervisor = Supervisor(Home(tmp_path), lambda line: None, lambda: None)
    try:
        await supervisor.start(parts)
        bootstrap = ",".join(part.address for part in parts)
        await create_topics(bootstrap)
        yield Cluster(supervisor, bootstrap)
    finally:
        await asyncio.gather(*(supervisor.kill_part(part.name) for part in parts))
        await supervisor.stop()


class Writers:
    """People who post and mute, one thing after the other each, until it is `over`.

    `gaps`: by partition, the longest time in seconds between two events that were acknowledged.
    """

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.ledger = Ledger()
        self._last: dict[Partition, float] = {}
        self._counts: Counter[Partition] = Counter()
        self.gaps: dict[Partition, float] = {}

    async def write(self, me: Person, other: Person) -> None:
        mute = f"/2/users/{me.id}/muting", {"target_user_id": other.id}
        for number in itertools.count():
            if self.over.is_set():
                return
            path, asked = mute if number % 2 else ("/2/tweets", {"text": f"under load {number}"})
            name = f"{PREFIX}-{me.username}-{number}"
            reply = await me.call("POST", path, json=asked, headers={"X-Request-ID": name})
            position = reply.headers.get(EVENT_POSITION, "")
            self.ledger.enter(Entry(name, path, (Attempt(reply.status, position),)))
            if position:
                self._note(Position.parse(position).partition)
            else:
                assert reply.status == 503
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.01)

    def _note(self, partition: Partition) -> None:
        now = time.monotonic()
        gap = now - self._last.get(partition, now)
        self.gaps[partition] = max(gap, self.gaps.get(partition, 0.0))
        self._last[partition] = now
        self._counts[partition] += 1

    async def more(self) -> None:
        """Waits for writing to go on, in each partition that was written before."""
        before = self._counts.copy()
        async with asyncio.timeout(GAP_SECONDS * 3):
            while self._counts.total() < before.total() + AFTER * WRITERS or any(
                self._counts[partition] < count + AFTER for partition, count in before.items()
            ):
                await asyncio.sleep(0.05)


@pytest.fixture
async def people(cluster: Cluster, servers: Servers, register: Register) -> AsyncIterator[People]:
    """They write through a gateway of their own, whose log is the cluster's."""
    app = make_app(replace(servers, kafka=cluster.bootstrap), limits_times=OFF, few_at_once=MANY)
    async with TestServer(app) as gateway:
        people = [await register(f"w{number}") for number in range(WRITERS)]
        for person in people:
            person.gateway = str(gateway.make_url("")).rstrip("/")
        yield people


async def test_any_broker_may_be_killed_and_nothing_acknowledged_is_lost(
    cluster: Cluster, people: People, record_property: Callable[[str, object], None]
) -> None:
    await cluster.until_in_sync()
    gaps: dict[str, float] = {}
    writers = Writers()
    async with asyncio.TaskGroup() as writing:
        for me, other in zip(people, people[1:] + people[:1], strict=True):
            writing.create_task(writers.write(me, other))
        for number in range(1, CLUSTER + 1):
            if number > 1:  # the one before is back
                await cluster.supervisor.start_part(f"kafka-{number - 1}")
                await cluster.until_in_sync()
            await writers.more()
            writers.gaps.clear()
            await cluster.supervisor.kill_part(f"kafka-{number}")
            await writers.more()
            gaps[f"kafka-{number}"] = round(max(writers.gaps.values()), 1)
        writers.over.set()
    record_property("longest gap in a partition, s", gaps)
    assert list(on_the_log(writers.ledger.entries, await written(cluster.bootstrap))) == []
    assert max(gaps.values()) < GAP_SECONDS
