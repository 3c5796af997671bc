"""The end of the log, as it grows."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence

from aiokafka.errors import KafkaError

from events import topic_generations
from events.codec import Undecodable, decode
from events.observer import observer
from events.places import logical, real
from events.positions import Partition
from events.reader import Record, ends, partitions
from schemas.events import Event
from schemas.topics import Topic

logger = logging.getLogger(__name__)

POLL_MS = 500
AT_ONCE = 500
RETRY_SECONDS = 1.0
SILENCE_SECONDS = 3.0
"""A consumer whose fetching has ended by an error gives nothing for ever, and says nothing."""

Hear = Callable[[Sequence[Event]], Awaitable[None]]


async def follow(
    bootstrap: str, topics: Sequence[Topic], hear: Hear, started: asyncio.Event
) -> None:
    """Calls `hear` with all that is written to the topics once `started` is set, for ever.

    Each partition in its order. Goes on where it was when Kafka was away.
    """
    reached: dict[Partition, int] = {}
    while True:
        try:
            await _follow(bootstrap, topics, hear, started, reached)
        except (KafkaError, OSError, TimeoutError) as error:
            logger.warning("the end of the log is out of reach: %r", error)
            await asyncio.sleep(RETRY_SECONDS)


async def _follow(
    bootstrap: str,
    topics: Sequence[Topic],
    hear: Hear,
    started: asyncio.Event,
    reached: dict[Partition, int],
) -> None:
    """Returns when a topic has gone on to another generation, and all before that was heard.

    Raises `TimeoutError` when Kafka sends nothing of what there is.
    """
    at = await topic_generations.look_up(bootstrap)
    found = await partitions(bootstrap, [topic.name for topic in topics], at)
    async with observer(bootstrap) as consumer:
        end = await ends(consumer, found) | (at.begins() if reached else {})
        consumer.assign([real(place) for place in (*found, topic_generations.PLACE)])
        consumer.seek(real(topic_generations.PLACE), at.end)
        for place in found:
            consumer.seek(real(place), reached.setdefault(place, end[place]))
        started.set()
        last: dict[Partition, int] | None = None
        there, heard = reached.copy(), time.monotonic()
        while last is None or any(reached[place] < last[place] for place in found):
            fetched = await consumer.getmany(timeout_ms=POLL_MS, max_records=AT_ONCE)
            if fetched:
                heard = time.monotonic()
            elif time.monotonic() > heard + SILENCE_SECONDS:
                if any(reached[place] < there[place] for place in found):
                    raise TimeoutError("what was there before does not come")
                there, heard = await ends(consumer, found), time.monotonic()
            if fetched.pop(real(topic_generations.PLACE), None):
                last = await ends(consumer, found)  # of a topic that goes on elsewhere
            for assigned, records in fetched.items():
                await hear([event for record in records if (event := _event(record))])
                reached[logical(*assigned)] = records[-1].offset + 1


def _event(record: Record) -> Event | None:
    """None for what a view would put on the dead letters."""
    try:
        return decode(record.value or b"")
    except Undecodable as error:
        logger.warning("a record at offset %d is left out: %s", record.offset, error)
        return None
