"""What one that broke off when its views had followed has left to do."""

import time

from events.log import Log
from events.reader import partitions
from events.topic_generations import TopicGenerations
from projections import generations
from projections.stores import Stores
from streams.dead_letters import DeadLetters
from streams.rebuilding.builds import Build
from streams.rebuilding.switching import Read, read_since, settle
from streams.repartitioning.copying import Copier
from streams.repartitioning.following import Followers, ProgressOf, followers_of, purpose_of
from streams.repartitioning.going_over import ends_at
from streams.repartitioning.repartitioned import Repartitioned


async def look_again(
    stores: Stores,
    bootstrap: str,
    topic: str,
    count: int,
    at: TopicGenerations,
    progress_of: ProgressOf,
) -> Repartitioned:
    """What was read before is then yet to be removed. Raises as `repartition`."""
    began = time.monotonic()
    copied = await copy_late(bootstrap, topic, at)
    if copied:
        await _bring(stores, bootstrap, topic, at, progress_of)
    return Repartitioned(
        topic,
        at.current(topic),
        count,
        copied=copied,
        views=await _settle(stores, bootstrap, topic, at),
        seconds=time.monotonic() - began,
        refused_seconds=0.0,
    )


async def copy_late(bootstrap: str, topic: str, at: TopicGenerations) -> int:
    """How many records came to the generation before when it was closed, and are copied now.

    Where none ever did, a look at its ends tells.
    """
    old = await partitions(bootstrap, [topic], at.before(topic))
    new = await partitions(bootstrap, [topic], at)
    end, begins = await ends_at(bootstrap, old), at.begins()
    if sum(end.values()) <= sum(begins.get(place, 0) for place in new):
        return 0
    async with Copier(bootstrap, old, new) as copier:
        await copier.to(end)
        return copier.copied


async def _bring(
    stores: Stores, bootstrap: str, topic: str, at: TopicGenerations, progress_of: ProgressOf
) -> None:
    """The views that read the topic, as they are read. Raises as `Followers.bring`."""
    read, purpose = await generations.current(stores.postgres), purpose_of(topic, at.current(topic))
    building = [Build(name, read[name], purpose) for name in followers_of(stores, topic)]
    async with Log(bootstrap) as log:
        letters = DeadLetters(log)
        views = Followers(stores, bootstrap, at, building, letters, are_read=True)
        await views.bring(progress_of)


async def _settle(
    stores: Stores, bootstrap: str, topic: str, at: TopicGenerations
) -> dict[str, int]:
    """Views of which one is kept that was made from an earlier generation of the topic, at the
    generations that are read; their dead letters are settled."""
    left, read = dict[str, int](), list[Read]()
    for name in followers_of(stores, topic):
        kept = await generations.kept(stores.postgres, name)
        if kept.previous is not None and at.is_behind(name, kept.previous, topic):
            left[name] = kept.current
            read.append(await read_since(stores, bootstrap, name, kept.previous, kept.current))
    if read:
        async with Log(bootstrap) as log:
            await settle(bootstrap, DeadLetters(log), read)
    return left
