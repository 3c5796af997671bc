"""The views that read a topic, built from its next generation.

Offsets guard what a view writes, so none can go on with other offsets where it is.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from events.log import Log
from events.positions import Partition
from events.reader import ends_of
from events.tasks import cancel_all
from events.topic_generations import TopicGenerations
from projections import generations
from projections.generations import Generations
from projections.registry import USES, VIEWS
from projections.stores import Stores
from projections.view import View
from streams.dead_letters import DeadLetters, SetAside
from streams.places import of_view
from streams.rebuilding import builds
from streams.rebuilding.building import begun
from streams.rebuilding.builds import Build, Hold, NothingKept, OtherBuild
from streams.rebuilding.claims import Alone, Claims
from streams.rebuilding.filling import bring, feeding
from streams.rebuilding.keeping import drop_old
from streams.rebuilding.progress import Progress, reporting
from streams.rebuilding.removing import at_generation
from streams.rebuilding.set_aside import SetAsideBeside
from streams.rebuilding.switching import Read, Successor, settle, switch
from streams.rebuilding.using import while_used, with_used
from streams.turns import Bulk

ProgressOf = Callable[[str], Progress]

LOOK_SECONDS = 0.25
SUCCESSION_SECONDS = 10.0
"""Within this workers have ended, were started again, and have joined their groups."""


class Followers:
    """`building` are filled from the topics as `topics` has them, whatever is appended to now."""

    def __init__(
        self,
        stores: Stores,
        bootstrap: str,
        topics: TopicGenerations,
        building: Sequence[Build],
        letters: DeadLetters,
        *,
        are_read: bool = False,
    ) -> None:
        self._stores = stores
        self._bootstrap = bootstrap
        self._topics = topics
        self._building = building
        self._letters = letters
        self._are_read = are_read
        self._read: list[Read] = []

    @property
    def generations(self) -> dict[str, int]:
        return {build.view: build.generation for build in self._building}

    async def bring(self, progress_of: ProgressOf) -> None:
        """To the end of the log as it is now; those first that others use.

        Raises the errors of the stores and of Kafka.
        """
        names = {
            topic.name
            for name, generation in self.generations.items()
            for topic in at_generation(self._stores, name, generation).topics
        }
        place = await ends_of(self._bootstrap, names, self._topics)
        for using in (False, True):
            ready = [name for name in self.generations if (name in USES) == using]
            tasks = [asyncio.create_task(self._bring(name, place, progress_of)) for name in ready]
            try:
                await asyncio.gather(*tasks)
            finally:
                await cancel_all(tasks)

    async def _bring(
        self, name: str, place: Mapping[Partition, int], progress_of: ProgressOf
    ) -> None:
        """With the views that it uses as they are read, which a rebuild may change."""
        while True:
            at, _ = await self._present()
            async with with_used(self._stores, name, at) as (view, used):
                end = of_view(view, place)
                filling = self._fill(view, at[name], end, progress_of(name))
                if await while_used(view, used, at, self._present, end, filling):
                    return

    async def _present(self) -> tuple[Generations, dict[str, Hold]]:
        read, holds = await builds.present(self._stores.postgres)
        return read.with_(self.generations), holds

    async def _fill(
        self, view: View, generation: int, end: Mapping[Partition, int], progress: Progress
    ) -> None:
        letters: SetAside = self._letters
        if not self._are_read:
            letters = SetAsideBeside(self._stores.postgres, generation, self._letters)
        await view.prepare()
        async with reporting(view, end, progress):
            await bring(view, end, feeding(self._bootstrap, letters, Bulk()), Alone())

    async def switch(self) -> None:
        """From now on they are read, all at once."""
        pool = self._stores.postgres
        successors = [
            Successor(build, await generations.kept(pool, build.view)) for build in self._building
        ]
        self._read = await switch(self._stores, self._bootstrap, self._letters, successors)
        self._are_read = True

    async def feed(self, progress_of: ProgressOf) -> None:
        """In the place of workers, until those have started anew and go on with them."""
        until = time.monotonic() + SUCCESSION_SECONDS
        while time.monotonic() < until:
            await self.bring(progress_of)
            await asyncio.sleep(LOOK_SECONDS)
        await settle(self._bootstrap, self._letters, self._read)


async def drop_before(stores: Stores, names: Iterable[str], tell: Callable[[str], None]) -> None:
    """Removes what was read before, but for views of which somebody has done so meanwhile, or which
    somebody builds anew: a rebuild removes it in the end."""
    for name in names:
        try:
            await drop_old(stores, name)
        except (NothingKept, OtherBuild) as error:
            tell(f"there is nothing to remove, or not now: {error}")


def purpose_of(topic: str, generation: int) -> str:
    return f"repartition {topic}, generation {generation}"


def followers_of(stores: Stores, topic: str) -> list[str]:
    """The views that read the topic."""
    return [
        name
        for name, make in VIEWS.items()
        if topic in {read.name for read in make(stores, Generations()).topics}
    ]


async def behind(stores: Stores, topic: str, topics: TopicGenerations) -> list[str]:
    """The views that read an earlier generation of the topic than the one that is appended to."""
    at = await generations.current(stores.postgres)
    return [name for name in followers_of(stores, topic) if topics.is_behind(name, at[name], topic)]


@asynccontextmanager
async def following(
    stores: Stores, bootstrap: str, topic: str, topics: TopicGenerations, names: Sequence[str]
) -> AsyncIterator[Followers]:
    """The generations of the named views that read the topic as it is in `topics`.

    What was begun is gone on with. Raises `OtherBuild`.
    """
    purpose = purpose_of(topic, topics.current(topic))
    async with AsyncExitStack() as stack:
        log = await stack.enter_async_context(Log(bootstrap))
        connection = await stack.enter_async_context(stores.postgres.acquire())
        building = []
        for name in names:
            build = await begun(stores, name, purpose)
            await Claims(connection, build).come()
            building.append(build)
        yield Followers(stores, bootstrap, topics, building, DeadLetters(log))
