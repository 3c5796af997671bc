"""Which generation of each topic is the one that is appended to.

It stands on the log itself, in a topic of one partition, so that whoever can reach the log knows
it, and sees by where that topic ends whether there is news.
"""

import asyncio

from aiokafka import AIOKafkaProducer
from msgspec import Struct, json

from events.ending import stop
from events.observer import observer
from events.places import FIRST, place_in, real
from events.positions import Partition
from schemas.topic_generations import TopicGeneration
from schemas.topics import TOPIC_GENERATIONS

PLACE = Partition(TOPIC_GENERATIONS, 0)
SECONDS = 10.0
POLL_MS = 500

_decoder = json.Decoder(TopicGeneration)


class TopicGenerations(Struct, frozen=True):
    """All that was said of it, before the offset `end`."""

    said: tuple[TopicGeneration, ...] = ()
    end: int = 0

    def current(self, topic: str) -> int:
        return max((one.generation for one in self.said if one.topic == topic), default=FIRST)

    def read_by(self, view: str, generation: int, topic: str) -> int:
        """The topic's generation that is read by a view's."""
        return max(
            (
                one.generation
                for one in self.said
                if one.topic == topic and one.views.get(view, FIRST) <= generation
            ),
            default=FIRST,
        )

    def is_behind(self, view: str, generation: int, topic: str) -> bool:
        """Whether the view's generation reads an earlier one of the topic than is appended to."""
        return self.read_by(view, generation, topic) < self.current(topic)

    def with_next(self, topic: str) -> "TopicGenerations":
        """As it will be when the topic has gone on once more."""
        following = TopicGeneration(topic, self.current(topic) + 1)
        return TopicGenerations((*self.said, following), self.end)

    def before(self, topic: str) -> "TopicGenerations":
        """As it was before the topic went on to where it is."""
        last = self.current(topic)
        kept = [one for one in self.said if (one.topic, one.generation) != (topic, last)]
        return TopicGenerations(tuple(kept), self.end)

    def begins(self) -> dict[Partition, int]:
        """Where in later generations what was not copied begins."""
        return {
            place_in(one.topic, one.generation, number): offset
            for one in self.said
            for number, offset in enumerate(one.begins)
        }


async def look_up(bootstrap: str) -> TopicGenerations:
    """Raises aiokafka's `KafkaError`, and `TimeoutError`."""
    async with observer(bootstrap) as consumer, asyncio.timeout(SECONDS):
        place = real(PLACE)
        end = (await consumer.end_offsets([place]))[place]
        said: list[TopicGeneration] = []
        if end:
            consumer.assign([place])
            consumer.seek(place, 0)
            while len(said) < end:
                for records in (await consumer.getmany(place, timeout_ms=POLL_MS)).values():
                    said += (_decoder.decode(record.value or b"") for record in records)
        return TopicGenerations(tuple(said), end)


async def say(bootstrap: str, now: TopicGeneration) -> None:
    """Raises aiokafka's `KafkaError`, and `TimeoutError`, after which it may or may not stand."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    try:
        async with asyncio.timeout(SECONDS):
            await producer.start()
            await producer.send_and_wait(
                TOPIC_GENERATIONS, json.encode(now), key=now.topic.encode(), partition=0
            )
    finally:
        await stop(producer)
