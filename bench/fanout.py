"""Fan-out, from the log to Redis, against a bare script that does nothing but push."""

import asyncio
import time

from bench.row import Row, at_least
from bench.world import World, say
from events.log import Log
from events.reader import ends_of
from projections import generations
from projections.checkpoints.redis import Checkpoints
from projections.redis import Script
from projections.registry import VIEWS
from projections.stores import Stores
from projections.timelines.entries import COMPLETE, pack
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
FLOOR_SECONDS = 8.0
SETTLE_SECONDS = 900.0

BARE = Script("""
for i = 1, #KEYS do
  redis.call('LPUSHX', KEYS[i], ARGV[1])
  redis.call('LTRIM', KEYS[i], 0, 799)
end
""")


async def fan_out(stores: Stores, servers: Servers, world: World) -> Row:
    at = await generations.current(stores.postgres)
    keys = Keys(at["timelines"])
    users = list({user for pair in world.follows for user in pair})
    homes = [keys.home(user) for user in users]
    await _open(stores, homes)
    floor = await _floor(stores, [f"floor:{home}" for home in homes])
    view = VIEWS["timelines"](stores, at)
    checkpoints = Checkpoints(stores.redis, keys.checkpoints)
    end = await ends_of(servers.kafka, [TWEETS.name, GRAPH.name])
    for partition, offset in end.items():
        if partition.topic == GRAPH.name:  # the homes are opened after the follows
            held = await checkpoints.begin(partition, 0)
            await checkpoints.advance(partition, 0, offset, held.since)
    started = time.perf_counter()
    async with Log(servers.kafka) as log:
        feeds = [
            Feed(view, partition, servers.kafka, DeadLetters(log))
            for partition in end
            if partition.topic == TWEETS.name
        ]
        await asyncio.gather(*(feed.catch_up(end[feed.partition]) for feed in feeds))
        await reached(view, end, seconds=SETTLE_SECONDS)
    seconds = time.perf_counter() - started
    await view.close()
    say(f"{world.deliveries:,} deliveries in {seconds:.1f} s")
    return at_least("fan-out", "deliveries/s", world.deliveries / seconds, floor, TARGET)


async def _open(stores: Stores, homes: list[str]) -> None:
    for start in range(0, len(homes), 10_000):
        async with stores.redis.pipeline(transaction=False) as pipeline:
            for home in homes[start : start + 10_000]:
                pipeline.rpush(home, COMPLETE)
            await pipeline.execute()


async def _floor(stores: Stores, lists: list[str]) -> float:
    """Pushes a second over lists like the homes, in calls of 1,000 keys each."""
    await _open(stores, lists)
    await BARE.load(stores.redis)
    entry = pack([Entry(1, 2, 3)])
    pushed, place = 0, 0
    started = time.perf_counter()
    while (elapsed := time.perf_counter() - started) < FLOOR_SECONDS:
        async with stores.redis.pipeline(transaction=False) as pipeline:
            for _ in range(CALLS_A_TRIP):
                some = lists[place : place + KEYS_A_CALL]
                pipeline.evalsha(BARE.sha, len(some), *some, entry)
                pushed += len(some)
                place = (place + KEYS_A_CALL) % len(lists)
            await pipeline.execute()
    for start in range(0, len(lists), 10_000):
        await stores.redis.unlink(*lists[start : start + 10_000])
    return pushed / elapsed
