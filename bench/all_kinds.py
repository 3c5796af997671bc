"""A log of everything that people can do, as long as is asked for."""

from bench.activity import Activity
from bench.world import say
from events.bulk import BulkAppender
from gateway.leases import leased_snowflakes
from projections.stores import Stores
from schemas.servers import Servers

SEED = 7
PEOPLE = 1_000
REPORT_EVERY = 100_000


async def put_on_log(stores: Stores, servers: Servers, count: int) -> None:
    """Puts `count` events of all kinds on the log."""
    async with (
        leased_snowflakes(stores.postgres) as ids,
        BulkAppender(servers.kafka) as appender,
    ):
        activity = Activity(SEED, ids, PEOPLE)
        for event in activity.registrations():
            await appender.append(event)
        for number in range(1, count + 1):
            await appender.append(activity.next())
            if number % REPORT_EVERY == 0:
                say(f"{number:,} of {count:,} events on the log")
