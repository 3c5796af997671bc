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
        case "postgres":
            fakes.postgres.database.wipe()
        case "redis":
            fakes.redis.wipe()
        case _:
            names = fakes.search.documents.names
            fakes.search.wipe(chance.sample(names, chance.randint(0, len(names))))
