"""Stores that lose everything, as one that is started on an empty disk."""

import random

from tests.simulation.fakes import Fakes
from tests.simulation.schedule import Schedule

STORES = {
    "tweets": "mongo",
    "replies": "mongo",
    "retweets": "mongo",
    "counters": "mongo",
    "graph": "postgres",
    "lists": "postgres",
    "notices": "postgres",
    "analytics": "postgres",
    "timelines": "redis",
    "cache": "redis",
    "search": "search",
}


"""By view the store that holds it."""


def wipe(name: str, fakes: Fakes, schedule: Schedule, chance: random.Random) -> None:
    """The store of the view of that name."""
    schedule.note(f"{STORES[name]} is wiped")
    match STORES[name]:
        case "mongo":
            fakes.mongo.wipe()
            # copies of counts know newer ones by a sum of offsets, which may come out lower when
            # all is counted again with other batches: without this they stay as they were
            fakes.redis.wipe()
            fakes.search.wipe(fakes.search.documents.names)
        case "postgres":
            fakes.postgres.database.wipe()
            # a post that is fanned out while the graph is read again misses followers of old, whose
            # homes stand: without this they lack it until they are built again
            fakes.redis.wipe()
        case "redis":
            fakes.redis.wipe()
        case _:
            names = fakes.search.documents.names
            fakes.search.wipe(chance.sample(names, chance.randint(0, len(names))))
