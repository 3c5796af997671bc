"""What one that broke off when the topic had gone on has left to do."""

import time
from collections.abc import Sequence

from events.log import Log
from events.places import FIRST
from events.reader import partitions
from events.topic_generations import TopicGenerations
from projections import generations
from projections.stores import Stores
from streams.dead_letters import DeadLetters
from streams.rebuilding.builds import Build
from streams.rebuilding.claims import alone_with
from streams.rebuilding.ending import EVERY_VIEW
from streams.rebuilding.switching import Read, read_since, settle
from streams.repartitioning.breaking_off import Standing
from streams.repartitioning.copying import Copier
from streams.repartitioning.following import (
    Followers,
    ProgressOf,
    followers_of,
    following,
    purpose_of,
)
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
    """Of one whose views had followed. What was read before is then yet to be removed.

    Raises as `repartition`.
    """
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


async def follow_late(
    stores: Stores,
    bootstrap: str,
    topic: str,
    at: TopicGenerations,
    late: Sequence[str],
    progress_of: ProgressOf,
    standing: Standing,
) -> Repartitioned:
    """Of one whose views had not followed. Raises as `repartition`."""
    began = time.monotonic()
    async with following(stores, bootstrap, topic, at, late) as views:
        await views.bring(progress_of)
        async with alone_with(stores.postgres, EVERY_VIEW):
            await views.bring(progress_of)
            await views.switch()
            standing.where = "followed"
        await views.feed(progress_of)
        copied = await copy_late(bootstrap, topic, at)
        await views.bring(progress_of)
        return Repartitioned(
            topic,
            at.current(topic),
            len(await partitions(bootstrap, [topic], at)),
            copied=copied,
            seconds=time.monotonic() - began,
            refused_seconds=0.0,
            views=views.generations,
        )


async def copy_late(bootstrap: str, topic: str, at: TopicGenerations) -> int:
    """How many records came to the generation before when it was closed, and are copied now.

    Where none ever did, a look at its ends tells.
    """
    if at.current(topic) == FIRST:
        return 0
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
