"""The connections to the stores, opened once a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

from projections import elasticsearch
from projections.elasticsearch import Elasticsearch
from projections.mongo import Database, birdlog, connect
from projections.postgres import Pool, pool
from projections.redis import Redis, open_redis
from schemas.servers import Servers


class Stores(Struct, frozen=True):
    mongo: Database
    redis: Redis
    postgres: Pool
    search: Elasticsearch


@asynccontextmanager
async def open_stores(servers: Servers) -> AsyncIterator[Stores]:
    """Raises the PostgreSQL client's error when it is away; the others connect when first used."""
    mongo = connect(servers.mongodb)
    redis = open_redis(servers.redis)
    search = elasticsearch.connect(servers.elasticsearch)
    try:
        async with pool(servers.postgres) as postgres:
            yield Stores(mongo=birdlog(mongo), redis=redis, postgres=postgres, search=search)
    finally:
        await search.close()
        await redis.aclose()
        mongo.close()
