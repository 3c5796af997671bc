"""Giving a topic another number of partitions, from the first record to the last view."""

import time
from collections.abc import Callable, Sequence

from aiokafka.errors import KafkaError
from msgspec.structs import replace

from deploy.tasks import to_the_end
from events.places import FIRST, real
from events.positions import Partition
from events.reader import partitions
from events.topic_generations import TopicGenerations, look_up, say
from projections.stores import Stores
from schemas.topic_generations import TopicGeneration
from streams.rebuilding.claims import alone_with
from streams.rebuilding.ending import EVERY_VIEW
from streams.repartitioning.beginning import RepartitionRefused, alone, created, give_up
from streams.repartitioning.breaking_off import Standing, told
from streams.repartitioning.closing import open_again
from streams.repartitioning.copying import Copier
from streams.repartitioning.emptying import empty_closed
from streams.repartitioning.following import (
    Followers,
    ProgressOf,
    behind,
    drop_before,
    followers_of,
    following,
)
from streams.repartitioning.going_over import (
    closed_and_copied,
    ends_at,
    no_stragglers,
)
from streams.repartitioning.leftovers import are_left
from streams.repartitioning.looking_again import follow_late, look_again
from streams.repartitioning.repartitioned import Repartitioned

MAX_PARTITIONS = 1_000
NEAR_SECONDS = 2.0
SAY_SECONDS = 30.0


async def repartition(
    stores: Stores,
    bootstrap: str,
    topic: str,
    count: int,
    progress_of: ProgressOf,
    tell: Callable[[str], None],
    *,
    restart: bool = False,
    forget: bool = False,
) -> Repartitioned:
    """What was begun is gone on with, or removed with `restart`.

    To `forget`, the topic is copied also where it has so many partitions already, if it holds words
    of what was deleted, which are not copied: anew, whatever was begun. Closed generations are
    emptied in the end.

    Once it is over, all reads and writes are at the new generation.

    Raises `RepartitionRefused`, `OtherBuild`, `NotCopied`, and the errors of the stores and of
    Kafka; after any of which, and after a cancellation, the topic is as it was, closed, or at its
    new generation with views that are yet to follow, or have followed, which `tell` is told where
    no text says it. In all cases it can be started again, also when it is over: then it looks for
    what may be left to do.
    """
    if not 1 <= count <= MAX_PARTITIONS:
        raise RepartitionRefused(f"a topic has 1 to {MAX_PARTITIONS} partitions, not {count}")
    async with alone(stores.postgres):
        at = await look_up(bootstrap)
        old = await partitions(bootstrap, [topic], at)
        late = await behind(stores, topic, at)
        if late and len(old) != count:
            raise RepartitionRefused(
                f"{topic} has {len(old)} partitions now, but {', '.join(late)} are yet to follow:"
                f" run ./birdlog repartition {topic} {len(old)} first"
            )
        is_over = len(old) == count and not forget
        standing = Standing(topic, count, forget=forget)
        if late:
            standing.where = "gone on"
        elif restart or forget:  # what was copied may hold words of what was deleted since
            await give_up(stores, bootstrap, topic, at)
        if is_over and not late:
            if at.current(topic) == FIRST:
                raise RepartitionRefused(f"{topic} has {count} partitions already")
            standing.where = "followed"
        with told(standing, tell):
            if late:
                left = await follow_late(stores, bootstrap, topic, at, late, progress_of, standing)
            else:  # one that broke off may have left it closed
                await open_again(bootstrap, real(old[0]).topic)
                left = await look_again(stores, bootstrap, topic, len(old), at, progress_of)
            if is_over and not late:
                tell(
                    f"{topic} has {count} partitions already. Late records that were not"
                    f" copied yet: {left.copied}. Views that were kept from before:"
                    f" {', '.join(left.views) or 'none'}"
                )
            await drop_before(stores, left.views, tell)
            if is_over:
                return left
            if forget and len(old) == count and not await are_left(bootstrap, old):
                tell(f"{topic} holds no words of what was deleted: it is not copied again")
                standing.where = "followed"
                done = left
            else:
                standing.where = "as it was"
                done = await _go_on(stores, bootstrap, old, count, at, progress_of, standing)
                await drop_before(stores, done.views, tell)
                done = replace(
                    done, copied=left.copied + done.copied, seconds=left.seconds + done.seconds
                )
            if not forget:
                return done
            emptied = await empty_closed(bootstrap, topic, await look_up(bootstrap))
            return replace(done, emptied=emptied)


async def _go_on(
    stores: Stores,
    bootstrap: str,
    old: Sequence[Partition],
    count: int,
    at: TopicGenerations,
    progress_of: ProgressOf,
    standing: Standing,
) -> Repartitioned:
    began, topic = time.monotonic(), old[0].topic
    after = at.with_next(topic)
    new = await created(bootstrap, topic, count, after)
    async with following(stores, bootstrap, topic, after, followers_of(stores, topic)) as views:
        async with Copier(bootstrap, old, new) as copier:
            await _come_near(bootstrap, copier, views, progress_of)
            async with alone_with(stores.postgres, EVERY_VIEW):
                await _come_near(bootstrap, copier, views, progress_of)  # it may have waited
                closed = time.monotonic()
                begins = await closed_and_copied(bootstrap, copier, old, new, standing)
                said = TopicGeneration(topic, after.current(topic), begins, views.generations)
                await to_the_end(_say(bootstrap, said, standing), SAY_SECONDS)
                refused = time.monotonic() - closed
                await no_stragglers(bootstrap, copier, old)
                await views.bring(progress_of)
                await views.switch()
                standing.where = "followed"
            await views.feed(progress_of)
            await no_stragglers(bootstrap, copier, old)
            await views.bring(progress_of)
        return Repartitioned(
            topic,
            after.current(topic),
            count,
            copied=copier.copied,
            seconds=time.monotonic() - began,
            refused_seconds=refused,
            views=views.generations,
        )


async def _say(bootstrap: str, said: TopicGeneration, standing: Standing) -> None:
    """Where it does not stand, the topic stays closed: Kafka may have it in hand yet, and what was
    appended to a topic that is opened again would be lost."""
    try:
        await say(bootstrap, said)
    except (KafkaError, TimeoutError):
        if said not in (await look_up(bootstrap)).said:
            raise
    standing.where = "gone on"


async def _come_near(
    bootstrap: str, copier: Copier, views: Followers, progress_of: ProgressOf
) -> None:
    """Until little is left to copy, or what is left gets no less."""
    last = float("inf")
    while True:
        began = time.monotonic()
        await _copy(bootstrap, copier, progress_of)
        await views.bring(progress_of)
        took = time.monotonic() - began
        if took < NEAR_SECONDS or took > last / 2:
            break
        last = took
    await _copy(bootstrap, copier, progress_of)


async def _copy(bootstrap: str, copier: Copier, progress_of: ProgressOf) -> None:
    end = await ends_at(bootstrap, list(copier.reached))
    await copier.to(end)
    progress_of("copied")(copier.reached, end)
