"""Which views run together in a seed, and within which bounds."""

import random
from collections.abc import Callable

from msgspec import Struct

from projections.generations import Generations
from projections.graph import Graph
from projections.registry import VIEWS
from projections.stores import Stores
from projections.timelines import TimelinesView
from projections.view import View
from tests.simulation.schedule import Schedule
from tests.simulation.watched import Watched

TOGETHER = (
    ("tweets",),
    ("retweets",),
    ("counters", "replies"),
    ("counters", "search"),
    ("graph", "timelines"),
    ("lists",),
    ("notices",),
    ("analytics",),
    ("tweets", "replies", "retweets", "counters", "cache"),
)
"""A view and those that it reads; a seed takes one of these.

What a view holds follows from the log and from the views that it reads (`registry.USES`) alone: of
the others it shares no key, table or collection, and each has workers of its own. To run all at
once would show nothing more of any, and make what a seed that fails tells eleven times as long.
"""


class Bounds(Struct, frozen=True):
    """What decides by which way a tweet reaches its readers."""

    cap: int = 800
    celebrity: int = 100_000
    at_once: int = 1_000


BOUNDS = (
    Bounds(),
    Bounds(cap=4),
    Bounds(at_once=1),
    Bounds(celebrity=2),
    Bounds(celebrity=3, at_once=1),
    Bounds(cap=4, celebrity=2),
)


def views_of(seed: int, view: str | None) -> tuple[str, ...]:
    """Those of the seed, or of the seed among those with `view`."""
    fitting = [names for names in TOGETHER if view is None or view in names]
    return fitting[seed % len(fitting)]


class Scenario:
    def __init__(
        self, names: tuple[str, ...], stores: Stores, schedule: Schedule, chance: random.Random
    ) -> None:
        self.names = names
        self.at = Generations()
        self.bounds = chance.choice(BOUNDS)
        self._stores = stores
        self._schedule = schedule

    def open(self, name: str) -> View:
        return Watched(self._open(name), self._schedule)

    def opener(self, name: str) -> Callable[[], View]:
        return lambda: self.open(name)

    def _open(self, name: str) -> View:
        if name != "timelines":
            return VIEWS[name](self._stores, self.at)
        graph = Graph(self._stores.postgres, self.at["graph"])
        bounds = self.bounds
        return TimelinesView(
            self._stores.redis,
            self.at["timelines"],
            graph,
            cap=bounds.cap,
            celebrity=bounds.celebrity,
            at_once=bounds.at_once,
        )
