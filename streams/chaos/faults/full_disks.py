"""Stores that refuse writes and still answer reads, as they do when their disk is full.

Each is told to by its own setting, so what birdlog gets are the store's own errors. Not simulated:
Kafka, which ends itself when its disk is full and so is `stopped`, and MongoDB, whose stand-in has
no disk.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

from projections.elasticsearch import connect
from streams.chaos.faults.fault import Fault
from streams.chaos.scene import Scene

WHAT = "refuses writes (disk full)"


def faults() -> Iterator[Fault]:
    yield Fault(WHAT, "redis", redis_refuses)
    yield Fault(WHAT, "postgres", postgres_refuses)
    yield Fault(WHAT, "elasticsearch", elasticsearch_refuses)


@asynccontextmanager
async def redis_refuses(scene: Scene) -> AsyncIterator[None]:
    """OOM is the error for want of memory, MISCONF that for want of disk; both refuse writes."""
    redis = scene.stores.redis
    await redis.config_set("maxmemory", 1)
    try:
        yield
    finally:
        await redis.config_set("maxmemory", 0)


@asynccontextmanager
async def postgres_refuses(scene: Scene) -> AsyncIterator[None]:
    """Every transaction is read-only, as on a server that was made a standby."""
    await _postgres_reads_only(scene, "on")
    try:
        yield
    finally:
        await _postgres_reads_only(scene, "off")


async def _postgres_reads_only(scene: Scene, on_or_off: str) -> None:
    async with scene.stores.postgres.acquire() as connection:
        await connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {on_or_off}")
        await connection.execute("SELECT pg_reload_conf()")


@asynccontextmanager
async def elasticsearch_refuses(scene: Scene) -> AsyncIterator[None]:
    """The block that Elasticsearch itself sets above the flood-stage watermark."""
    await _elasticsearch_blocks(scene, True)
    try:
        yield
    finally:
        await _elasticsearch_blocks(scene, None)


async def _elasticsearch_blocks(scene: Scene, blocked: bool | None) -> None:
    client = connect(scene.servers.elasticsearch)
    try:
        await client.indices.put_settings(
            index="*", settings={"index.blocks.read_only_allow_delete": blocked}
        )
    finally:
        await client.close()
