"""Servers as they are when they are new, without the time that new ones take."""

import asyncio

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import UnknownTopicOrPartitionError

from events.observer import observer
from events.reader import ends, partitions
from events.setup import create_topics
from projections.stores import Stores, open_stores
from schemas.servers import Servers
from streams.snapshot.taking import TOPIC_NAMES

SECONDS = 60.0


async def empty(servers: Servers) -> None:
    """All but the topics, which are there without a record, is to be set up again."""
    await empty_log(servers.kafka)
    async with open_stores(servers) as stores:
        await _empty_stores(stores)


async def _empty_stores(stores: Stores) -> None:
    await stores.redis.flushall()
    for collection in await stores.mongo.list_collection_names():
        await stores.mongo.drop_collection(collection)
    for index in await stores.search.indices.get(index="*"):
        await stores.search.indices.delete(index=index)
    schemas = await stores.postgres.fetch(
        "SELECT nspname FROM pg_namespace"
        " WHERE NOT starts_with(nspname, 'pg_') AND nspname <> 'information_schema'"
    )
    for (schema,) in schemas:
        await stores.postgres.execute(f"DROP SCHEMA {schema} CASCADE")
    await stores.postgres.execute("CREATE SCHEMA public")


async def empty_log(kafka: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    try:
        await admin.start()
        names = {name for name in await admin.list_topics() if not name.startswith("_")}
        await admin.delete_topics(list(names))
        async with asyncio.timeout(SECONDS):
            while names & set(await admin.list_topics()):
                await asyncio.sleep(0.1)
    finally:
        await admin.close()
    await create_topics(kafka)
    async with asyncio.timeout(SECONDS):
        while not await _led(kafka):
            await asyncio.sleep(0.1)


async def _led(kafka: str) -> bool:
    try:
        async with observer(kafka) as consumer:
            return bool(await ends(consumer, await partitions(kafka, TOPIC_NAMES)))
    except UnknownTopicOrPartitionError:
        return False
