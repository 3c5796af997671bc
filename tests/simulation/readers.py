"""People who look: some of what the views keep is there only because it was read."""

import random

from bench.activity import Activity
from projections import mongo, postgres, redis
from projections.generations import Generations
from projections.registry import Readers
from projections.stores import Stores
from projections.timelines import Timelines
from projections.timelines.keys import Keys
from tests.simulation.processes import Process
from tests.simulation.weather import Weather

AWAY = (*mongo.TRANSIENT, *postgres.TRANSIENT, *redis.TRANSIENT)
EXPIRES = 0.15
"""Homes that nobody reads are gone some day."""


class Audience:
    def __init__(
        self,
        stores: Stores,
        at: Generations,
        names: frozenset[str],
        activity: Activity,
        chance: random.Random,
        weather: Weather,
        cap: int,
    ) -> None:
        self._redis = stores.redis
        self._keys = Keys(at["timelines"])
        self._readers = Readers.at(stores, at)
        self._timelines = Timelines(stores.redis, at["timelines"], self._readers.graph, cap=cap)
        self._names = names
        self._activity = activity
        self._chance = chance
        self._weather = weather

    def look(self) -> None:
        """Somebody looks at something, in a process of their own."""
        process = Process("reader")
        process.start(self._look())

    async def _look(self) -> None:
        person = self._chance.choice(self._activity.people)
        posts = [post.tweet_id for post in self._activity.posts]
        some = self._chance.sample(posts, min(6, len(posts)))
        try:
            if "timelines" in self._names:
                if self._chance.random() < EXPIRES:
                    await self._redis.delete(self._keys.home(person))
                await self._timelines.home(person, limit=20)
            if "cache" in self._names:
                await self._readers.cache.look_up(some, [(person, post) for post in some])
            if "counters" in self._names:
                await self._readers.counters.of([person, *some])
                await self._readers.counters.flags(person, some)
        except AWAY:
            return
