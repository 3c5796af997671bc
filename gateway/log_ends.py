"""Where the log ends, for decisions that must not rest on a view that lags."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from events.log import LogUnavailable
from events.positions import Partition
from events.reader import ends, observer, partitions

SECONDS = 3.0


class LogEnds:
    """Asks Kafka over one connection, which is opened when first needed and after a failure."""

    def __init__(self, bootstrap: str, *topics: str) -> None:
        self._bootstrap = bootstrap
        self._topics = topics
        self._consumer: AIOKafkaConsumer | None = None
        self._partitions: list[Partition] = []
        self._open = AsyncExitStack()
        self._asking = asyncio.Lock()

    async def now(self) -> dict[Partition, int]:
        """For each partition the offset its next event will get. Raises `LogUnavailable`."""
        try:
            async with asyncio.timeout(SECONDS), self._asking:
                return await ends(await self._connected(), self._partitions)
        except (KafkaError, OSError, TimeoutError) as error:
            self._consumer = None
            raise LogUnavailable(f"Kafka does not say where the log ends: {error!r}") from error

    async def _connected(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            await self.close()
            self._partitions = await partitions(self._bootstrap, self._topics)
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
