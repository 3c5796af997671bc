"""What a repartition begins with, and what is left of one that was given up."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.errors import LeaderNotAvailableError, UnknownTopicOrPartitionError

from events.places import real_topic
from events.positions import Partition
from events.reader import partitions
from events.setup import create, delete
from events.topic_generations import TopicGenerations
from projections.postgres import Pool
from projections.stores import Stores
from schemas.explained import Explained
from streams.rebuilding import builds, keeping
from streams.repartitioning.closing import open_again
from streams.repartitioning.following import followers_of, purpose_of

CREATE_SECONDS = 30.0
LOOK_SECONDS = 0.1


class RepartitionRefused(Explained):
    """It cannot be done as things are; the text says why."""


@asynccontextmanager
async def alone(pool: Pool) -> AsyncIterator[None]:
    """One at a time: the lock falls with the connection of who holds it."""
    async with pool.acquire() as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_lock(hashtext('repartition'), 0)"):
            raise RepartitionRefused("a topic is being given other partitions now: wait for that")
        yield


async def created(
    bootstrap: str, topic: str, count: int, after: TopicGenerations
) -> list[Partition]:
    """The partitions of the topic's next generation, made if it is not there.

    Raises `RepartitionRefused` when it is there with another number of them.
    """
    name = real_topic(topic, after.current(topic))
    await create(bootstrap, {name: count})
    async with asyncio.timeout(CREATE_SECONDS):
        while True:
            try:
                found = await partitions(bootstrap, [topic], after)
            except (UnknownTopicOrPartitionError, LeaderNotAvailableError):
                await asyncio.sleep(LOOK_SECONDS)  # the brokers tell each other
            else:
                break
    if len(found) != count:
        raise RepartitionRefused(
            f"{topic} is in the middle of being copied to {len(found)} partitions: run ./birdlog"
            f" repartition {topic} {len(found)} to end that, or add --restart to remove it"
        )
    return found


async def give_up(stores: Stores, bootstrap: str, topic: str, at: TopicGenerations) -> None:
    """Removes what one that broke off has left, if there is any, and opens the topic again."""
    following = at.with_next(topic)
    await open_again(bootstrap, real_topic(topic, at.current(topic)))
    for name in followers_of(stores, topic):
        build = await builds.under_way(stores.postgres, name)
        if build and build.purpose == purpose_of(topic, following.current(topic)):
            await keeping.give_up(stores, name)
    await delete(bootstrap, real_topic(topic, following.current(topic)))
    async with asyncio.timeout(CREATE_SECONDS):
        while True:
            try:
                await partitions(bootstrap, [topic], following)
            except UnknownTopicOrPartitionError:
                return
            await asyncio.sleep(LOOK_SECONDS)
