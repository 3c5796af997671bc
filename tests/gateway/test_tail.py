"""The end of the log is heard again after what Kafka's client does not tell."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from events.log import Log
from events.observer import observer
from events.positions import Partition
from events.reader import ends
from events.tasks import cancel_all
from gateway import tail
from schemas.events import Event, TweetDeleted
from schemas.servers import Servers
from schemas.topics import TWEETS

SECONDS = 60.0


def deletion(number: int) -> TweetDeleted:
    return TweetDeleted(event_id=number, at=0, actor=1, request_id="", tweet_id=1)


async def cut(*_: Any, **__: Any) -> None:
    raise RuntimeError("unable to perform operation on <TCPTransport closed=True>; it is closed")


async def test_a_consumer_that_stopped_fetching_is_replaced(
    servers: Servers, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "SILENCE_SECONDS", 0.1)
    monkeypatch.setattr(tail, "RETRY_SECONDS", 0.01)
    consumers: list[AIOKafkaConsumer] = []

    @asynccontextmanager
    async def seen(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
        async with observer(bootstrap) as consumer:
            consumers.append(consumer)
            yield consumer

    monkeypatch.setattr(tail, "observer", seen)
    heard: list[int] = []

    async def hear(events: Sequence[Event]) -> None:
        heard.extend(event.event_id for event in events)

    started = asyncio.Event()
    following = asyncio.create_task(tail.follow(servers.kafka, [TWEETS], hear, started))
    try:
        async with asyncio.timeout(SECONDS):
            await started.wait()
            fetching = consumers[0]._fetcher._fetch_task
            monkeypatch.setattr(consumers[0]._client, "send", cut)
            number = 0
            while not fetching.done():  # which it is with the next request
                number += 1
                await log.append(deletion(number))
            await log.append(deletion(number + 1))
            while number + 1 not in heard:
                await asyncio.sleep(0.01)
        assert heard == sorted(set(heard))
        assert len(consumers) == 2
    finally:
        await cancel_all([following])


async def test_a_connection_that_was_just_cut_is_an_error_of_the_network(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with observer(servers.kafka) as consumer:
        monkeypatch.setattr(consumer._client, "send", cut)
        with pytest.raises(ConnectionResetError):
            await ends(consumer, [Partition(TWEETS.name, 0)])
