"""Kafka neither answers nor goes away, and Kafka is killed."""

import asyncio
import logging
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest
from aiokafka import AIOKafkaProducer

from deploy.stack import Stack
from events import bulk, topic_generations
from events.bulk import BulkAppender
from events.ending import STOP_SECONDS
from events.places import FIRST
from schemas.events import TweetDeleted
from schemas.servers import Servers
from schemas.topic_generations import TopicGeneration
from tests.outages.refusals import AT_MOST_SECONDS, AT_ONCE_SECONDS, refused
from tests.outages.waiting import until_home_shows, until_status
from tests.person import Person


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


@contextmanager
def frozen(stack: Stack, part: str) -> Iterator[None]:
    record = stack.notebook.read()
    assert record is not None
    (found,) = [noted for noted in record.parts if noted.name == part]
    assert found.identity is not None
    members = list(found.identity.members())
    for pid in members:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in members:
            os.kill(pid, signal.SIGCONT)


async def test_writes_are_refused_in_time_while_kafka_hangs(
    stack: Stack, alice: Person, carla: Person
) -> None:
    tweet_id = await alice.tweet("Before")
    doomed = await carla.tweet("Doomed")
    assert await alice.home_ids() == [tweet_id]
    post = partial(carla.call, "POST", "/2/tweets", json={"text": "Never"})
    edit = partial(carla.edit, doomed, "Never")
    with frozen(stack, "kafka"):
        first = await asyncio.gather(refused(edit), refused(post))
        assert max(first) < AT_MOST_SECONDS
        assert await refused(post) < AT_ONCE_SECONDS
        assert await refused(edit) < AT_ONCE_SECONDS
        assert await alice.home_ids() == [tweet_id]
        assert (await alice.lookup(tweet_id)).data["text"] == "Before"
    after = await until_status(
        201, partial(alice.call, "POST", "/2/tweets", json={"text": "After"})
    )
    await until_home_shows(alice, [after.data["id"], tweet_id])


async def test_who_says_where_a_topic_is_waits_no_longer_than_there_is_time(
    stack: Stack, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic_generations, "SECONDS", 3.0)
    with ExitStack() as outage:

        class Producer(AIOKafkaProducer):  # type: ignore[misc]
            async def start(self) -> None:
                await super().start()
                outage.enter_context(frozen(stack, "kafka"))

        monkeypatch.setattr(topic_generations, "AIOKafkaProducer", Producer)
        async with asyncio.timeout(3.0 + 3 * STOP_SECONDS + 1.0):
            with pytest.raises(TimeoutError):
                await topic_generations.say(servers.kafka, TopicGeneration("tweets", FIRST))


async def test_a_load_that_breaks_off_leaves_nothing_that_goes_on(
    stack: Stack, servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "FLUSH_SECONDS", 1.0)
    producers: list[AIOKafkaProducer] = []

    class Producer(AIOKafkaProducer):  # type: ignore[misc]
        async def start(self) -> None:
            producers.append(self)
            await super().start()

    monkeypatch.setattr(bulk, "AIOKafkaProducer", Producer)
    event = TweetDeleted(event_id=1, at=0, actor=1, request_id="", tweet_id=1)
    with ExitStack() as outage:

        async def load() -> None:
            async with BulkAppender(servers.kafka) as appender:
                await appender.append(event)
                await appender.flush()
                outage.enter_context(frozen(stack, "kafka"))
                await appender.append(event)

        async with asyncio.timeout(AT_MOST_SECONDS + 1.0 + 3 * STOP_SECONDS):
            with pytest.raises(TimeoutError):
                await load()
        assert [producer._sender.sender_task.done() for producer in producers] == [True]


async def test_writes_come_back_after_kafka_was_killed(stack: Stack, alice: Person) -> None:
    tweet_id = await alice.tweet("Before")
    assert await alice.home_ids() == [tweet_id]
    await stack.supervisor.kill_part("kafka", restart=True)
    key = {"Idempotency-Key": "after-the-crash"}
    post = partial(alice.call, "POST", "/2/tweets", json={"text": "After"}, headers=key)
    after = await until_status(201, post)
    await until_home_shows(alice, [after.data["id"], tweet_id])
