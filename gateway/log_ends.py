"""Where the log ends, for decisions that must not rest on a view that lags."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from events import topic_generations
from events.log import LogUnavailable
from events.observer import observer
from events.positions import Partition
from events.reader import ends, partitions
from events.topic_generations import TopicGenerations

SECONDS = 3.0


class LogEnds:
    """Asks Kafka over one connection, which is opened when first needed and after a failure."""

    def __init__(self, bootstrap: str, *topics: str) -> None:
        self._bootstrap = bootstrap
        self._topics = topics
        self._consumer: AIOKafkaConsumer | None = None
        self._partitions: list[Partition] = []
        self._at = TopicGenerations()
        self._open = AsyncExitStack()
        self._asking = asyncio.Lock()

    async def now(self) -> dict[Partition, int]:
        """For each partition the offset its next event will get. Raises `LogUnavailable`."""
        try:
            async with asyncio.timeout(SECONDS), self._asking:
                return await self._ask(await self._connected())
        except (KafkaError, OSError, TimeoutError) as error:
            self._consumer = None
            raise LogUnavailable(f"Kafka does not say where the log ends: {error!r}") from error

    async def _ask(self, consumer: AIOKafkaConsumer) -> dict[Partition, int]:
        while True:
            found = await ends(consumer, [*self._partitions, topic_generations.PLACE])
            if found.pop(topic_generations.PLACE) == self._at.end:
                return found
            await self._find()  # a topic has gone on to other partitions

    async def _find(self) -> None:
        at = await topic_generations.look_up(self._bootstrap)
        self._partitions = await partitions(self._bootstrap, self._topics, at)
        self._at = at

    async def _connected(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            await self.close()
            await self._find()
            self._consumer = await self._open.enter_async_context(observer(self._bootstrap))
        return self._consumer

    async def close(self) -> None:
        self._consumer = None
        await self._open.aclose()


@asynccontextmanager
async def log_ends(bootstrap: str, *topics: str) -> AsyncIterator[LogEnds]:
    found = LogEnds(bootstrap, *topics)
    try:
        yield found
    finally:
        await found.close()
