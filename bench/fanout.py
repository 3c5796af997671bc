"""Fan-out, from the log to Redis, against a bare script that pushes to capped lists."""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import Sequence

from bench.row import Row, at_least
from bench.world import World, say
from events.log import Log
from events.reader import ends_of
from projections import generations
from projections.checkpoints.redis import Checkpoints
from projections.redis import Script
from projections.registry import VIEWS
from projections.stores import Stores
from projections.timelines.entries import CAP, COMPLETE, pack
from projections.timelines.keys import Keys
from schemas.servers import Servers
from schemas.topics import GRAPH, TWEETS
from schemas.tweets import Entry
from streams.dead_letters import DeadLetters
from streams.feed import Feed
from streams.lag import reached

TARGET = 0.6
KEYS_A_CALL = 1_000
CALLS_A_TRIP = 10
ROUNDS = 4
FLOOR_SECONDS = 2.0
SETTLE_SECONDS = 900.0
LOOKED_AT = 200

BARE = Script(f"""
for i = 1, #KEYS do
  redis.call('LPUSHX', KEYS[i], ARGV[1])
  redis.call('LTRIM', KEYS[i], 0, {CAP - 1})
end
""")
ENTRY = pack([Entry(1, 2, 3)])


async def fan_out(stores: Stores, servers: Servers, world: World) -> list[Row]:
    """In turns with the bare script: a share of the tweets, and pushes for `FLOOR_SECONDS`.

    Raises `RuntimeError` when homes have not got what was delivered.
    """
    at = await generations.current(stores.postgres)
    keys = Keys(at["timelines"])
    users = list({user for pair in world.follows for user in pair})
    homes = [keys.home(user) for user in users]
    await _open(stores, homes)
    floor = _Floor(stores, [f"floor:{home}" for home in homes])
    await floor.open(world.deliveries // len(homes) // 2)
    view = VIEWS["timelines"](stores, at)
    checkpoints = Checkpoints(stores.redis, keys.checkpoints)
    end = await ends_of(servers.kafka, [TWEETS.name, GRAPH.name])
    for partition, offset in end.items():
        if partition.topic == GRAPH.name:  # the homes are opened after the follows
            held = await checkpoints.begin(partition, 0)
            await checkpoints.advance(partition, 0, offset, held.since)
    seconds = 0.0
    async with Log(servers.kafka) as log:
        feeds = [
            Feed(view, partition, servers.kafka, DeadLetters(log))
            for partition in end
            if partition.topic == TWEETS.name
        ]
        for number in range(1, ROUNDS + 1):
            await floor.push()
            so_far = end | {
                feed.partition: end[feed.partition] * number // ROUNDS for feed in feeds
            }
            started = time.perf_counter()
            await asyncio.gather(*(feed.catch_up(so_far[feed.partition]) for feed in feeds))
            await reached(view, so_far, seconds=SETTLE_SECONDS)
            seconds += time.perf_counter() - started
    await view.close()
    await floor.close()
    await check(stores, keys, world)
    say(f"{world.deliveries:,} deliveries in {seconds:.1f} s")
    return [
        at_least("fan-out", "deliveries/s", world.deliveries / seconds, floor.per_second, TARGET)
    ]


async def check(stores: Stores, keys: Keys, world: World) -> None:
    """Raises `RuntimeError` unless some homes hold what those who are followed, and their owners,
    have posted."""
    posted = Counter(world.authors)
    due = Counter(dict(posted))
    for follower, followee in set(world.follows):
        due[follower] += posted[followee]
    chance = random.Random(7)  # noqa: S311 - the same homes each time
    readers = sorted(user for user in due if due[user])
    for user in chance.sample(readers, min(LOOKED_AT, len(readers))):
        held = await stores.redis.llen(keys.home(user))
        least = due[user] + 1 if due[user] < CAP else CAP  # with the mark, unless it was cut
        if not least <= held <= due[user] + 1:
            raise RuntimeError(f"the home of {user} holds {held} entries of {due[user]}")


async def _open(stores: Stores, homes: Sequence[str]) -> None:
    for some in _batches(homes):
        async with stores.redis.pipeline(transaction=False) as pipeline:
            for home in some:
                pipeline.rpush(home, COMPLETE)
            await pipeline.execute()


class _Floor:
    """Pushes to lists like the homes, in calls of 1,000 keys each."""

    def __init__(self, stores: Stores, lists: Sequence[str]) -> None:
        self._redis = stores.redis
        self._lists = lists
        self._places = itertools.cycle(range(0, len(lists), KEYS_A_CALL))
        self._pushed = 0
        self._seconds = 0.0

    @property
    def per_second(self) -> float:
        return self._pushed / self._seconds

    async def open(self, entries: int) -> None:
        """With as many in each list as the homes hold when half is delivered."""
        await BARE.load(self._redis)
        for some in _batches(self._lists):
            async with self._redis.pipeline(transaction=False) as pipeline:
                for one in some:
                    pipeline.rpush(one, *[ENTRY] * max(entries, 1))
                await pipeline.execute()

    async def push(self) -> None:
        started = time.perf_counter()
        while time.perf_counter() - started < FLOOR_SECONDS:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for place in itertools.islice(self._places, CALLS_A_TRIP):
                    some = self._lists[place : place + KEYS_A_CALL]
                    pipeline.evalsha(BARE.sha, len(some), *some, ENTRY)
                    self._pushed += len(some)
                await pipeline.execute()
        self._seconds += time.perf_counter() - started

    async def close(self) -> None:
        for some in _batches(self._lists):
            await self._redis.unlink(*some)


def _batches(lists: Sequence[str]) -> Sequence[Sequence[str]]:
    return [lists[start : start + KEYS_A_CALL] for start in range(0, len(lists), KEYS_A_CALL)]
