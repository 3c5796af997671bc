"""All views at a generation of their own, fed from a log in memory as workers would, and read."""

import itertools
import random
from collections.abc import Sequence

from bench.activity import Activity
from events.positions import Partition
from events.snowflake import WORKERS, Snowflakes
from projections.generations import Generations
from projections.registry import USES, VIEWS, Readers
from projections.stores import Stores
from projections.view import View
from schemas.events import Event
from streams.audit.contents import contents
from streams.audit.differences import Difference, differences
from streams.audit.folds import expected
from streams.audit.folds.told import Told
from tests.projections.memory_log import MemoryLog, fresh_number

ORDER = sorted(VIEWS, key=lambda name: name in USES)
"""What others wait for comes first."""

AGAIN = 0.3
FIRST_MS = 1_767_225_600_000
IDS_IN_A_MS = 40
"""The ids too are those of the seed; more of them in a millisecond than share a partition."""


class Fed:
    def __init__(self, stores: Stores, seed: int = 0, names: Sequence[str] = ORDER) -> None:
        self.stores = stores
        generation = fresh_number()
        self.at = Generations(dict.fromkeys(VIEWS, generation))
        self.views: dict[str, View] = {name: VIEWS[name](stores, self.at) for name in names}
        self.log = MemoryLog(2)
        ticks = itertools.count()
        ids = Snowflakes(seed % WORKERS, clock=lambda: FIRST_MS + next(ticks) // IDS_IN_A_MS)
        self.activity = Activity(seed, ids)
        self._chance = random.Random(seed)
        self._places: dict[tuple[str, Partition], int] = {}

    async def prepare(self) -> None:
        for view in self.views.values():
            await view.prepare()

    async def live(self, deeds: int, rounds: int = 6) -> None:
        """Appends deeds, and brings them to the views in batches of any size, some twice."""
        self.log.append(*self.activity.registrations())
        for number in range(rounds):
            self.log.append(*(self.activity.next() for _ in range(deeds // rounds)))
            for name, view in self.views.items():
                for partition in self._partitions(view):
                    await self._go_on(name, partition, to_end=number == rounds - 1)
            await self._read()

    async def append(self, events: Sequence[Event]) -> None:
        """These too, at once."""
        self.log.append(*events)
        for name, view in self.views.items():
            for partition in self._partitions(view):
                await self._go_on(name, partition, to_end=True)

    async def close(self) -> None:
        for view in self.views.values():
            await view.close()
            await view.drop()

    def told(self, name: str) -> Told:
        return {
            partition: self.log.batch(partition).events
            for partition in self._partitions(self.views[name])
        }

    async def audit(self, name: str) -> list[Difference]:
        found = await contents(name, self.stores, self.at)
        return list(differences(expected(name, self.told(name)), found))

    def _partitions(self, view: View) -> list[Partition]:
        return [p for topic in view.topics for p in self.log.partitions(topic.name)]

    async def _go_on(self, name: str, partition: Partition, *, to_end: bool) -> None:
        chance, stands = self._chance, self._places.get((name, partition), 0)
        end = min(
            self._places.get((used, partition), 0)
            if used != name and partition in self._partitions(self.views[used])
            else self.log.end(partition)
            for used in USES.get(name, (name,))
        )
        while stands < end:
            start = chance.randint(0, stands) if chance.random() < AGAIN else stands
            stands = chance.randint(stands + 1, end)
            await self.views[name].apply(self.log.batch(partition, start, stands))
            self._places[name, partition] = stands
            if not to_end and chance.random() < AGAIN:
                return

    async def _read(self) -> None:
        """As people who look do, so that Redis has something to tell."""
        readers, people = Readers.at(self.stores, self.at), self.activity.people
        posts = [post.tweet_id for post in self.activity.posts]
        for person in self._chance.sample(people, len(people) // 2):
            await readers.timelines.home(person, limit=20)
            some = self._chance.sample(posts, min(10, len(posts)))
            await readers.cache.look_up(some, [(person, post) for post in some])
            await readers.counters.of([person, *some])
            await readers.counters.flags(person, some)
