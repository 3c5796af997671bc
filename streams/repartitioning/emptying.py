"""Emptying the generations of a topic that nobody reads any more."""

import asyncio
from collections.abc import Iterator, Sequence

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.errors import for_code

from events.observer import admin, observer
from events.places import FIRST, real_topic
from events.topic_generations import TopicGenerations
from streams.repartitioning.closing import let_expire

EMPTY_SECONDS = 60.0


async def empty_closed(bootstrap: str, topic: str, at: TopicGenerations) -> int:
    """How many records went: nobody reads them any more, and their bytes go within minutes. The
    topics stay, closed, and their ends too: what has slept learns from them where to go, and
    `look_again` whether anything came late.

    Raises aiokafka's `KafkaError`, also where one is missing, and `TimeoutError`.
    """
    closed = list(_closed(topic, at))
    if not closed:
        return 0
    async with admin(bootstrap) as client, asyncio.timeout(EMPTY_SECONDS):
        places = await _places(client, closed)
        async with observer(bootstrap) as consumer:
            end = await consumer.end_offsets(places)
            began = await consumer.beginning_offsets(places)
        held = {place: offset for place, offset in end.items() if offset > began[place]}
        if held:
            await client.delete_records(
                {place: RecordsToDelete(before_offset=offset) for place, offset in held.items()}
            )
    await let_expire(bootstrap, closed)
    return sum(offset - began[place] for place, offset in held.items())


def _closed(topic: str, at: TopicGenerations) -> Iterator[str]:
    """As the brokers call them. A restored snapshot tells of none between the first and its own,
    so each one is there."""
    while at.current(topic) > FIRST:
        at = at.before(topic)
        yield real_topic(topic, at.current(topic))


async def _places(client: AIOKafkaAdminClient, names: Sequence[str]) -> list[TopicPartition]:
    described = await client.describe_topics(list(names))
    for topic in described:
        if topic["error_code"]:
            raise for_code(topic["error_code"])(f"topic {topic['topic']}")
    return [
        TopicPartition(topic["topic"], each["partition"])
        for topic in described
        for each in topic["partitions"]
    ]
