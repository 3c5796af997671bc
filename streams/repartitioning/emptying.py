"""Emptying the generations of a topic that nobody reads any more."""

import asyncio

from aiokafka.admin import RecordsToDelete
from aiokafka.errors import UnknownTopicOrPartitionError

from events.observer import admin, observer
from events.places import FIRST, real
from events.reader import ends, partitions
from events.topic_generations import TopicGenerations
from streams.repartitioning.closing import let_expire

EMPTY_SECONDS = 60.0


async def empty_closed(bootstrap: str, topic: str, at: TopicGenerations) -> int:
    """How many records went: nobody reads them any more, and their bytes go within minutes. The
    topics stay, closed, and their ends too: what has slept learns from them where to go, and
    `look_again` whether anything came late.

    Raises aiokafka's `KafkaError` and `TimeoutError`.
    """
    gone = 0
    while at.current(topic) > FIRST:
        at = at.before(topic)
        try:
            places = await partitions(bootstrap, [topic], at)
        except UnknownTopicOrPartitionError:  # a snapshot was restored, which has it not
            continue
        async with observer(bootstrap) as consumer:
            end = {real(place): offset for place, offset in (await ends(consumer, places)).items()}
            began = await consumer.beginning_offsets(list(end))
        gone += sum(end.values()) - sum(began.values())
        async with admin(bootstrap) as client, asyncio.timeout(EMPTY_SECONDS):
            await client.delete_records(
                {place: RecordsToDelete(before_offset=offset) for place, offset in end.items()}
            )
        await let_expire(bootstrap, real(places[0]).topic)
    return gone
