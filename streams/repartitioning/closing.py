"""Closing a topic on the brokers, and opening it again.

A topic whose records may have one byte takes none: no process has to be told, trusted or waited
for.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import (
    CorruptRecordException,
    KafkaError,
    MessageSizeTooLargeError,
    for_code,
)
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from deploy.tasks import to_the_end
from events.observer import admin

logger = logging.getLogger(__name__)

LIMIT = "max.message.bytes"
RETENTION = "retention.ms"
AT_ONCE = "1"
OF_THE_TOPIC = 1
"""The source of a setting that was made for the topic itself."""

CLOSE_SECONDS = 15.0
OPEN_SECONDS = 40.0
"""One try is three requests of 10 s at most, and where that fails there is another one."""

AGAIN_SECONDS = 0.25
LOOK_SECONDS = 0.02
REQUEST_MS = 3_000
CHECKSUM_AT = 17
"""Where in a batch its checksum begins (Kafka's record batch format, version 2)."""


async def close(bootstrap: str, partitions: Iterable[TopicPartition]) -> None:
    """Returns once the leaders of all partitions of the topic refuse everything.

    Raises `TimeoutError` when one does not, and aiokafka's `KafkaError`.
    """
    places = list(partitions)
    await _set(bootstrap, places[0].topic, LIMIT, "1")
    client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_MS)
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await client.bootstrap()
            await client.set_topics([places[0].topic])
            for place in places:
                while not await _refuses(client, place):
                    await asyncio.sleep(LOOK_SECONDS)
    finally:
        await client.close()


async def open_again(bootstrap: str, topic: str) -> None:
    """Raises aiokafka's `KafkaError`."""
    await _set(bootstrap, topic, LIMIT, None)


async def let_expire(bootstrap: str, topics: Iterable[str]) -> None:
    """The brokers remove, within minutes, all that these hold, also from the files that they would
    append to. Raises aiokafka's `KafkaError`."""
    async with admin(bootstrap) as client:
        for topic in topics:
            settings = await _settings(client, topic)
            if settings.get(RETENTION) != AT_ONCE:
                await _alter(client, topic, settings | {RETENTION: AT_ONCE})


@asynccontextmanager
async def opened_again_unless_done(
    bootstrap: str, topic: str, opened: Callable[[], None] = lambda: None
) -> AsyncIterator[None]:
    """Around a block that closes the topic: where it fails, or is interrupted however often, the
    topic takes events again, and then `opened` is called.

    Raises `TimeoutError` where Kafka does not open it in `OPEN_SECONDS`.
    """

    async def open_it() -> None:
        while True:
            try:
                await open_again(bootstrap, topic)
            except (KafkaError, TimeoutError) as error:
                logger.warning("%s is closed yet: %r", topic, error)
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                break
        opened()

    try:
        yield
    except BaseException:
        await to_the_end(open_it(), OPEN_SECONDS)
        raise


async def _set(bootstrap: str, topic: str, name: str, value: str | None) -> None:
    """Sets this alone: to alter settings means to say all of them again."""
    async with admin(bootstrap) as client:
        settings = await _settings(client, topic)
        settings.pop(name, None)
        if value is not None:
            settings[name] = value
        await _alter(client, topic, settings)


async def _settings(client: AIOKafkaAdminClient, topic: str) -> dict[str, str]:
    """Those that were made for the topic itself."""
    resource = ConfigResource(ConfigResourceType.TOPIC, topic)
    ((code, reason, _, _, entries),) = (await client.describe_configs([resource]))[0].resources
    if code:
        raise for_code(code)(f"settings of {topic}: {reason}")
    return {key: now for key, now, _, source, *_ in entries if source == OF_THE_TOPIC}


async def _alter(client: AIOKafkaAdminClient, topic: str, settings: dict[str, str]) -> None:
    resource = ConfigResource(ConfigResourceType.TOPIC, topic, settings)
    ((code, reason, *_),) = (await client.alter_configs([resource]))[0].resources
    if code:
        raise for_code(code)(f"settings of {topic}: {reason}")


async def _refuses(client: AIOKafkaClient, place: TopicPartition) -> bool:
    """Sends what is never written: the checksum is wrong, which a broker sees after the size."""
    leader = client.cluster.leader_for_partition(place)
    if leader is None:
        await client.force_metadata_update()
        return False
    answer = await client.send(
        leader,
        ProduceRequest(
            transactional_id=None,
            required_acks=-1,
            timeout=REQUEST_MS,
            topics=[(place.topic, [(place.partition, _damaged())])],
        ),
    )
    ((_, ((_, code, *_),)),) = answer.topics
    error = for_code(code)
    if error is MessageSizeTooLargeError:
        return True
    if error is not CorruptRecordException:
        await client.force_metadata_update()  # the partition may have another leader now
    return False


def _damaged() -> bytes:
    batch = DefaultRecordBatchBuilder(
        magic=2, compression_type=0, is_transactional=0,
        producer_id=-1, producer_epoch=-1, base_sequence=-1, batch_size=1_000,
    )  # fmt: skip
    batch.append(0, None, b"", b"", [])
    built = bytearray(batch.build())
    built[CHECKSUM_AT] ^= 0xFF
    return bytes(built)
