"""What live workers do about rebuilds: stand still while theirs are compared, and change over."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from events import topic_generations
from events.reader import ends
from events.topic_generations import TopicGenerations
from projections.generations import Generations
from projections.postgres import TRANSIENT
from projections.registry import VIEWS, affected, used_by
from projections.stores import Stores
from streams.processor import Processor, SubscribesAnew
from streams.rebuilding.builds import Hold, present
from streams.subscriptions import subscription

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
AWAY: tuple[type[Exception], ...] = (*TRANSIENT, KafkaError, OSError, TimeoutError)


class Successions:
    """`at` are the generations that the processors' views begin with, `topics` those of topics."""

    def __init__(
        self,
        stores: Stores,
        bootstrap: str,
        at: Generations,
        topics: TopicGenerations,
        processors: Sequence[Processor],
    ) -> None:
        self._stores = stores
        self._bootstrap = bootstrap
        self._at = at
        self._topics = topics
        self._processors = processors

    async def follow(self) -> None:
        """For ever. Raises `SubscribesAnew`."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                await self.look()
            except AWAY as error:
                logger.warning("generations unknown: %r", error)

    async def look(self) -> None:
        """Raises PostgreSQL's and Kafka's errors, and `SubscribesAnew` as `heed`."""
        now, holds = await present(self._stores.postgres)
        if now != self._at:
            self._stay_with(now, await topic_generations.look_up(self._bootstrap))
        for processor in self._processors:
            name = processor.view.name
            if affected(name, self._at, now):
                logger.info("%s goes on at generations %s", name, now)
                old = processor.view
                await processor.rebind(VIEWS[name](self._stores, now))
                await old.close()
            _hold(processor, holds)
        self._at = now

    async def heed(self, consumer: AIOKafkaConsumer) -> None:
        """Raises `SubscribesAnew` when a view is to be fed from another topic: whoever starts this
        worker again has it subscribe anew."""
        try:
            if (await ends(consumer, [topic_generations.PLACE])).popitem()[1] > self._topics.end:
                self._stay_with(self._at, await topic_generations.look_up(self._bootstrap))
        except (KafkaError, OSError, TimeoutError) as error:
            logger.warning("generations of topics unknown: %r", error)

    def _stay_with(self, now: Generations, topics: TopicGenerations) -> None:
        for view in (processor.view for processor in self._processors):
            before = subscription(view, self._at[view.name], self._topics)
            if subscription(view, now[view.name], topics) != before:
                raise SubscribesAnew(
                    f"{view.name} reads topics with another number of partitions now: this worker"
                    " ends, and is to be started again"
                )
        self._topics = topics


def _hold(processor: Processor, holds: Mapping[str, Hold]) -> None:
    """A view is held with those that use it. Only one rebuild at a time compares."""
    for built, hold in holds.items():
        if processor.view.name in used_by(built):
            processor.gate.hold(hold.place, hold.seconds)
            return
    processor.gate.open()
