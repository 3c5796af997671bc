"""Where the log ends: as it is after one has asked, however many ask."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaConnectionError

from events.log import Log, LogUnavailable
from events.positions import Partition
from events.reader import ends as ask
from gateway import log_ends as module
from gateway.log_ends import LogEnds, log_ends
from schemas.dead_letters import DeadLetter
from schemas.servers import Servers
from schemas.topics import DEAD_LETTERS
from streams.dead_letters import DeadLetters
from tests.gateway.problems import assert_problem
from tests.person import Person

WAIT_SECONDS = 20.0

Answered = Callable[[], Awaitable[None]]


def delayed(monkeypatch: pytest.MonkeyPatch, answered: Answered) -> list[int]:
    """From here on `answered` stands between Kafka's answer and whoever asked. Returns a list that
    gets an element for each time that Kafka is asked."""
    asked: list[int] = []

    async def asking(
        consumer: AIOKafkaConsumer, partitions: Iterable[Partition]
    ) -> dict[Partition, int]:
        asked.append(len(asked))
        found = await ask(consumer, partitions)
        await answered()
        return found

    monkeypatch.setattr(module, "ends", asking)
    return asked


async def test_many_who_ask_at_once_are_answered_with_one_more_question(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with log_ends(servers.kafka, DEAD_LETTERS) as ends:
        await ends.now()
        connection = ends._consumer
        asked = delayed(monkeypatch, lambda: asyncio.sleep(0.3))
        found = await asyncio.gather(*(ends.now() for _ in range(200)))
        assert len(found) == 200
        assert asked == [0, 1]
        assert ends._consumer is connection


async def test_an_answer_is_of_a_moment_after_the_question(
    servers: Servers, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with log_ends(servers.kafka, DEAD_LETTERS) as ends, asyncio.timeout(WAIT_SECONDS):
        await ends.now()
        said, go_on = asyncio.Event(), asyncio.Event()

        async def wait() -> None:
            said.set()
            await go_on.wait()

        delayed(monkeypatch, wait)
        first = asyncio.create_task(ends.now())
        await said.wait()
        await DeadLetters(log).settle(DeadLetter("tweets", "tweets:0:0"), "dropped")
        others = [asyncio.create_task(ends.now()) for _ in range(5)]
        await asyncio.sleep(0)
        go_on.set()
        before = sum((await first).values())
        assert [sum(found.values()) for found in await asyncio.gather(*others)] == [before + 1] * 5


async def test_who_waits_in_vain_leaves_the_connection_to_others(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with log_ends(servers.kafka, DEAD_LETTERS) as ends:
        await ends.now()
        connection = ends._consumer
        monkeypatch.setattr(module, "SECONDS", 0.2)
        async with ends._asking:  # as if somebody asked, and were answered in the end
            with pytest.raises(LogUnavailable):
                await ends.now()
        assert ends._consumer is connection


async def test_whose_question_is_not_answered_leaves_no_connection(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with log_ends(servers.kafka, DEAD_LETTERS) as ends:
        await ends.now()
        monkeypatch.setattr(module, "SECONDS", 0.2)
        with monkeypatch.context() as silent:
            delayed(silent, lambda: asyncio.sleep(WAIT_SECONDS))
            with pytest.raises(LogUnavailable):
                await ends.now()
        assert ends._consumer is None
        monkeypatch.setattr(module, "SECONDS", WAIT_SECONDS)
        assert await ends.now()


async def test_who_asks_hears_that_the_log_is_away_and_nothing_of_hosts(
    alice: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def lost(*_: object) -> None:
        raise KafkaConnectionError("Connection at kafka-7.internal:9092 closed")

    tweet = await alice.tweet("Before")
    monkeypatch.setattr(LogEnds, "_ask", lost)
    refused = await alice.edit(tweet, "After")
    assert_problem(refused, 503, "the log is away")
    assert "kafka-7" not in str(refused.body)
    assert "kafka-7.internal" in caplog.text
