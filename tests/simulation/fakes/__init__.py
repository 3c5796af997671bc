"""The stores in memory, as far as the views use them; each raises at once on anything else.

Every operation is a place where a run may stop, for as long as the weather says or for good.
"""

from collections.abc import Callable
from typing import Any, cast

from projections.stores import Stores
from tests.simulation.fakes import elasticsearch, mongo, postgres, redis
from tests.simulation.fakes.elasticsearch import ElasticsearchClient
from tests.simulation.fakes.mongo import MongoDatabase
from tests.simulation.fakes.postgres import PostgresPool
from tests.simulation.fakes.redis import RedisClient
from tests.simulation.schedule import Schedule
from tests.simulation.weather import Weather
from tests.simulation.wire import Wire


class Fakes:
    """The four stores; `stores` is what the views take for the real ones."""

    def __init__(self, weather: Weather, schedule: Schedule, clock: Callable[[], float]) -> None:
        self.mongo = MongoDatabase(Wire("mongo", weather, schedule, mongo.away))
        self.redis = RedisClient(Wire("redis", weather, schedule, redis.away), clock)
        self.postgres = PostgresPool(Wire("postgres", weather, schedule, postgres.away))
        self.search = ElasticsearchClient(Wire("search", weather, schedule, elasticsearch.away))
        self.stores = Stores(
            mongo=cast(Any, self.mongo),
            redis=cast(Any, self.redis),
            postgres=cast(Any, self.postgres),
            search=cast(Any, self.search),
        )
