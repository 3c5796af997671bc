"""Topics, tables and the first generation of every view: what must exist before anything runs."""

from events.setup import create_topics
from projections import generations
from projections.registry import VIEWS
from projections.stores import open_stores
from schemas.servers import Servers
from schemas.sql import ACCOUNTS

SETUP_LOCK = 0x736574757000


async def set_up(servers: Servers) -> None:
    """Creates what is missing; harmless when all is there, also twice at once."""
    await create_topics(servers.kafka)
    async with open_stores(servers) as stores:
        async with stores.postgres.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1::bigint)", SETUP_LOCK)
            await connection.execute(ACCOUNTS)
        at = await generations.current(stores.postgres)
        for open_view in VIEWS.values():
            await open_view(stores, at).prepare()
