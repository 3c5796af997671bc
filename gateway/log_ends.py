"""Where the log ends, for decisions that must not rest on a view that lags."""

import asyncio
from collections.abc import AsyncIterator, Mapping
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
    """Asks Kafka over one connection, which is opened when first needed and after a failure.

    One asks at a time, for itself and for all who have come by the time at which it begins.
    """

    def __init__(self, bootstrap: str, *topics: str) -> None:
        self._bootstrap = bootstrap
        self._topics = topics
        self._consumer: AIOKafkaConsumer | None = None
        self._partitions: list[Partition] = []
        self._at = TopicGenerations()
        self._open = AsyncExitStack()
        self._asking = asyncio.Lock()
        self._asked = 0
        self._answered = 0
        self._found: dict[Partition, int] = {}

    async def now(self) -> Mapping[Partition, int]:
        """For each partition the offset its next event will get. Raises `LogUnavailable`.

        Waits `SECONDS` for an answer, and as long before for the one that is asked for already.
        """
        asked_before = self._asked
        try:
            async with asyncio.timeout(SECONDS) as limit, self._asking:
                if self._answered <= asked_before:
                    limit.reschedule(asyncio.get_running_loop().time() + SECONDS)
                    await self._ask_for_all()
                return self._found
        except (KafkaError, OSError, TimeoutError) as error:
            raise LogUnavailable(f"Kafka does not say where the log ends: {error!r}") from error

    async def _ask_for_all(self) -> None:
        self._asked += 1
        try:
            self._found = await self._ask(await self._connected())
        except BaseException:
            self._consumer = None
            raise
        self._answered = self._asked

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
