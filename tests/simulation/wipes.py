"""Stores that lose what they hold, as one that is started on an empty disk: all, parts of it, or
what came last."""

import random
from collections.abc import Sequence

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
            fakes.mongo.wipe(_some(fakes.mongo.names, chance))
        case "postgres":
            fakes.postgres.database.wipe(_some(list(fakes.postgres.database.rows), chance))
        case "redis":
            fakes.redis.restart()
        case _:
            fakes.search.wipe(_some(fakes.search.documents.names, chance))


def _some(names: Sequence[str], chance: random.Random) -> list[str]:
    return chance.sample(names, chance.randint(0, len(names)))
