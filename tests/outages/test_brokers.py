"""Three brokers, each record on all of them: any one is killed under load."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from rich.console import Console

from deploy.home import Home
from deploy.kafka import CLUSTER, cluster_parts
from deploy.ports import free_base
from deploy.set_up import set_up
from deploy.supervisor import Supervisor
from events.codec import decode
from events.log import Log, LogUnavailable
from events.reader import ends_of, read
from events.setup import create_topics
from events.tasks import cancel_all
from schemas.events import TweetPosted

GAP_SECONDS = 20.0
WRITERS = 8
AFTER = 100
"""Acknowledged tweets that show that writing goes on."""

HEALS_SECONDS = 60.0


class Cluster:
    def __init__(self, supervisor: Supervisor, bootstrap: str) -> None:
        self.supervisor = supervisor
        self.bootstrap = bootstrap

    async def until_in_sync(self) -> None:
        """Waits until every replica of every partition is in sync."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=10_000)
        await admin.start()
        try:
            async with asyncio.timeout(HEALS_SECONDS):
                while not await _in_sync(admin):
                    await asyncio.sleep(0.2)
        finally:
            await admin.close()


async def _in_sync(admin: AIOKafkaAdminClient) -> bool:
    described = await admin.describe_topics(["tweets", "reactions"])
    found = [partition for topic in described for partition in topic["partitions"]]
    assert all(len(partition["replicas"]) == CLUSTER for partition in found)
    return all(len(partition["isr"]) == CLUSTER for partition in found)


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
        await supervisor.stop()


class Writers:
    """Tweets, one after the other by each writer, for as long as the tasks run."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._last = time.monotonic()
        self.acknowledged: set[int] = set()
        self.longest_gap = 0.0

    async def write(self, writer: int) -> None:
        number = writer
        while True:
            number += WRITERS
            tweet = TweetPosted(
                event_id=number, at=1, actor=1, request_id="", tweet_id=number, text="Under load"
            )
            try:
                await self._log.append(tweet)
            except LogUnavailable:
                await asyncio.sleep(0.05)
                continue
            now = time.monotonic()
            self.longest_gap = max(self.longest_gap, now - self._last)
            self._last = now
            self.acknowledged.add(number)
            await asyncio.sleep(0.01)

    async def more(self) -> None:
        """Waits for writing to go on."""
        wanted = len(self.acknowledged) + AFTER
        async with asyncio.timeout(GAP_SECONDS * 2):
            while len(self.acknowledged) < wanted:
                await asyncio.sleep(0.05)


async def on_the_log(bootstrap: str) -> set[int]:
    found: set[int] = set()
    for partition, end in (await ends_of(bootstrap, ["tweets"])).items():
        async for records, _ in read(bootstrap, partition, 0, end):
            found.update(decode(record.value or b"").event_id for record in records)
    return found


async def test_any_broker_may_be_killed_and_nothing_acknowledged_is_lost(cluster: Cluster) -> None:
    await cluster.until_in_sync()
    gaps: dict[str, float] = {}
    async with Log(cluster.bootstrap) as log:
        writers = Writers(log)
        tasks = [asyncio.create_task(writers.write(number)) for number in range(WRITERS)]
        try:
            for number in range(1, CLUSTER + 1):
                if number > 1:  # the one before is back
                    await cluster.supervisor.start_part(f"kafka-{number - 1}")
                    await cluster.until_in_sync()
                await writers.more()
                writers.longest_gap = 0.0
                await cluster.supervisor.kill_part(f"kafka-{number}")
                await writers.more()
                gaps[f"kafka-{number}"] = round(writers.longest_gap, 1)
        finally:
            await cancel_all(tasks)
    print(f"longest gap without an acknowledged write, s: {gaps}")  # noqa: T201
    assert writers.acknowledged <= await on_the_log(cluster.bootstrap)
    assert max(gaps.values()) < GAP_SECONDS
