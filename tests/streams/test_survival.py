"""Real worker processes and real servers: killed, wiped, rebuilt. Nothing is lost or doubled.

The tests build on each other's events, each on whatever the log holds by then.
"""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from events.log import Log, LogUnavailable
from events.positions import Position
from gateway.accounts import Accounts, Registration
from gateway.leases import leased_snowflakes
from projections import generations
from projections.registry import VIEWS
from schemas.events import (
    TweetDeleted,
    TweetEdited,
    TweetPosted,
    UserFollowed,
    UserUnfollowed,
)
from schemas.topics import GRAPH
from streams.outbox import relay_batch
from streams.setup import set_up
from streams.tail import lines
from tests.letters import write_off
from tests.projections.memory_log import retweet_removed, retweeted
from tests.streams.aviary import Aviary
from tests.streams.test_dead_letters import NESTED

PEOPLE = 120


def a_world(seed: int, follows: int, tweets: int) -> tuple[list[tuple[int, int]], list[str]]:
    chance = random.Random(seed)
    pairs = {(chance.randrange(PEOPLE), chance.randrange(PEOPLE)) for _ in range(follows)}
    return sorted((a, b) for a, b in pairs if a != b), [
        f"tweet {n} of {seed}" for n in range(tweets)
    ]


async def load(
    aviary: Aviary, seed: int, follows: int, tweets: int, per_second: float | None = None
) -> None:
    pairs, texts = a_world(seed, follows, tweets)
    chance = random.Random(seed)
    written = [(chance.choice(pairs)[1], text) for text in texts]
    await aviary.load(pairs, written, per_second)


async def change(aviary: Aviary, seed: int) -> None:
    """Edits, deletions, retweets, undone ones too, and unfollows, of what is there."""
    chance = random.Random(seed)
    told = await aviary.told()
    alive = sorted(told.author.keys() - told.deleted)
    users = sorted({follower for follower, _ in told.follows})
    async with Log(aviary.servers.kafka) as log, leased_snowflakes(aviary.stores.postgres) as ids:
        for tweet in chance.sample(alive, 20):
            number = ids.next()
            await log.append(
                TweetEdited(
                    event_id=number, at=1, actor=told.author[tweet], request_id="", tweet_id=tweet,
                    version_id=number, text=f"edit {number}",
                )
            )  # fmt: skip
        for tweet in chance.sample(alive, 20):
            await log.append(
                TweetDeleted(
                    event_id=ids.next(), at=1, actor=told.author[tweet], request_id="",
                    tweet_id=tweet,
                )
            )  # fmt: skip
        for retweeter, tweet in zip(
            chance.choices(users, k=30), chance.sample(alive, 30), strict=True
        ):
            number = ids.next()
            pair = (number, retweeter, tweet, told.author[tweet])
            await log.append(retweeted(*pair))
            if chance.random() < 0.3:
                await log.append(retweet_removed(*pair))
        for follower, followee in chance.sample(sorted(told.follows), 20):
            await log.append(
                UserUnfollowed(
                    event_id=ids.next(), at=1, actor=follower, request_id="", target=followee
                )
            )


async def test_workers_killed_in_the_middle_of_a_load_lose_and_double_nothing(
    aviary: Aviary,
) -> None:
    known = len((await aviary.told()).author)
    worker = await aviary.start_worker()
    await aviary.caught_up()
    before = await aviary.applied("timelines")
    async with asyncio.TaskGroup() as group:
        group.create_task(load(aviary, 1, 1_500, 3_000, per_second=1_000))
        await aviary.moves_to("timelines", before + 1_600)
        worker.kill()
        assert await worker.wait() == -9
        worker = await aviary.start_worker()
        await aviary.moves_to("timelines", before + 1_900)
        worker.kill()
        await worker.wait()
    worker = await aviary.start_worker("tweets", "graph", "timelines")
    other = await aviary.start_worker(*(VIEWS.keys() - {"tweets", "graph"}))
    await change(aviary, 1)
    await aviary.moves_to("timelines", before + 3_500)
    worker.kill()
    await worker.wait()
    worker = await aviary.start_worker("tweets", "graph")
    await aviary.caught_up()
    told = await aviary.check()
    assert len(told.author) == known + 3_000
    assert (await aviary.end(worker), await aviary.end(other)) == (0, 0)


async def test_wiped_stores_heal_when_workers_start_again(aviary: Aviary) -> None:
    worker = await aviary.start_worker()
    await load(aviary, 4, 200, 300)
    await aviary.caught_up()
    assert await aviary.end(worker) == 0
    before = await aviary.digests()
    await aviary.stack.supervisor.stop_part("mongo")
    await aviary.stack.supervisor.start_part("mongo")
    await aviary.lose_mongo()
    await aviary.stores.redis.flushall()
    await set_up(aviary.servers)
    assert (await aviary.digests())["tweets"].rows == 0
    worker = await aviary.start_worker()
    await aviary.caught_up()
    await aviary.check()
    assert await aviary.digests() == before
    assert await aviary.end(worker) == 0


@pytest.fixture(scope="module")
async def idle_worker(aviary: Aviary) -> AsyncIterator[None]:
    """One that has caught up and waits."""
    worker = await aviary.start_worker()
    await load(aviary, 2, 10, 10)
    await aviary.caught_up()
    yield
    assert await aviary.end(worker) == 0


async def test_wiped_stores_heal_under_a_worker_that_has_nothing_to_do(
    aviary: Aviary, idle_worker: None
) -> None:
    before = await aviary.digests()
    await aviary.stores.redis.flushall()
    await aviary.caught_up()
    assert await aviary.digests() == before
    await aviary.stack.supervisor.kill_part("mongo", restart=True)
    await aviary.stack.supervisor.wait_ready("mongo")
    await aviary.lose_mongo()
    await aviary.caught_up()
    assert await aviary.digests() == before
    at = await generations.current(aviary.stores.postgres)
    await aviary.stores.postgres.execute(f"DROP SCHEMA graph_g{at['graph']} CASCADE")
    await set_up(aviary.servers)
    await aviary.caught_up()
    assert await aviary.digests() == before
    await aviary.check()


async def test_what_can_never_be_applied_is_set_aside_with_its_reason(
    aviary: Aviary, idle_worker: None
) -> None:
    beyond = 2**70
    at = await generations.current(aviary.stores.postgres)
    views = [open_view(aviary.stores, at) for open_view in VIEWS.values()]
    async with Log(aviary.servers.kafka) as log:
        broken = {
            topic: await log.append_bytes(topic, b"1", b"{ no event")
            for topic in sorted({topic.name for view in views for topic in view.topics} - {"users"})
        }
        empty = await log.append_bytes("graph", b"1", b"")
        nested = await log.append_bytes("graph", b"1", NESTED)
        odd = TweetPosted(
            event_id=1, at=beyond, actor=1, request_id="", tweet_id=1, text="in the year 37 billion"
        )
        unfit = await log.append(odd)
        await log.append(UserFollowed(event_id=2, at=1, actor=1, request_id="", target=2))
        try:
            await load(aviary, 3, 20, 20)
            await aviary.caught_up()
            letters = [
                line
                async for line in lines(
                    aviary.servers.kafka, "dead-letters", key=None, start=0, follow=False
                )
            ]
        finally:
            await write_off(log, *broken.values(), empty, nested, unfit)
    found = {
        (line.key, line.event["position"]): line.event
        for line in letters
        if isinstance(line.event, dict)  # other tests write what is no letter
    }
    for view in views:
        values = {
            str(broken[topic.name]): "{ no event" for topic in view.topics if topic.name in broken
        }
        if GRAPH in view.topics:
            values |= {str(empty): "", str(nested): NESTED.decode()}
        for position, value in values.items():
            assert found[view.name, position]["value"] == value
            assert found[view.name, position]["reason"]
            assert found[view.name, position]["view"] == view.name
    for name in ("tweets", "analytics"):
        assert "Overflow" in found[name, str(unfit)]["reason"]
    assert str(beyond) in found["tweets", str(unfit)]["value"]
    readers = await aviary.readers()
    assert await readers.graph.followees(1) == [2]


class Unlucky(Log):
    """Everything is in the log, and then the answer for the last event is lost."""

    async def append_bytes(self, topic: str, key: bytes, value: bytes) -> Position:
        position = await super().append_bytes(topic, key, value)
        if b"unlucky_9" in value:
            raise LogUnavailable("lost")
        return position


async def test_every_account_reaches_the_log_whatever_the_relay_goes_through(
    aviary: Aviary,
) -> None:
    pool, bootstrap = aviary.stores.postgres, aviary.servers.kafka
    await drain(aviary)
    async with leased_snowflakes(pool) as ids:
        users = await Accounts(pool).register_all(
            [Registration(username=f"unlucky_{n}", name=f"{n}") for n in range(10)], ids, "t"
        )
    async with pool.acquire() as connection:
        async with Unlucky(bootstrap) as unlucky:
            with pytest.raises(LogUnavailable):
                await relay_batch(connection, unlucky)
        assert await connection.fetchval("SELECT count(*) FROM outbox") == len(users)
        async with Log(bootstrap) as log:
            assert await relay_batch(connection, log) == len(users)
        assert await connection.fetchval("SELECT count(*) FROM outbox") == 0
    for user in users:
        key = str(user.user_id)
        found = [
            line.event async for line in lines(bootstrap, "users", key=key, start=0, follow=False)
        ]
        assert [event["username"] for event in found] == [user.username] * 2
        assert len({event["event_id"] for event in found}) == 1
    rows = await pool.fetch("SELECT user_id FROM accounts")
    told = {
        int(line.key) async for line in lines(bootstrap, "users", key=None, start=0, follow=False)
    }
    assert told >= {row["user_id"] for row in rows}


async def drain(aviary: Aviary) -> None:
    """Accounts that are nobody's here are in the log already."""
    async with Log(aviary.servers.kafka) as log, aviary.stores.postgres.acquire() as connection:
        while await relay_batch(connection, log):
            pass


async def test_one_relay_at_a_time(aviary: Aviary) -> None:
    pool, bootstrap = aviary.stores.postgres, aviary.servers.kafka
    await drain(aviary)
    async with leased_snowflakes(pool) as ids:
        users = await Accounts(pool).register_all(
            [Registration(username=f"both_{n}", name=f"{n}") for n in range(50)], ids, "t"
        )

    async def one(log: Log) -> int:
        async with pool.acquire() as connection:
            return await relay_batch(connection, log)

    async with Log(bootstrap) as log:
        assert sum(await asyncio.gather(*(one(log) for _ in range(5)))) == len(users)
