"""How soon a tweet that was acknowledged can be read by a follower, against bare Kafka."""

import asyncio
import time
from contextlib import AsyncExitStack, suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from msgspec import json

from bench.client import Connection, get, post
from bench.floor_server import FLOOR_TOPIC
from bench.row import Row, at_most, percentile
from bench.world import World, process
from deploy.stack import Stack
from gateway.accounts import Accounts
from projections.registry import VIEWS
from projections.stores import Stores
from schemas.servers import Servers
from streams.lag import caught_up

TARGET = 10.0
SAMPLES = 300
PAUSE_SECONDS = 0.02
LIMIT_SECONDS = 10.0
BUSY_POSTS_PER_SECOND = 4.0


async def visible(stack: Stack, stores: Stores, servers: Servers, world: World) -> list[Row]:
    """With every view live in a process of its own, as `up` runs them."""
    floor = await _kafka_alone(servers)
    reader, author = _small_pair(world)
    famous = world.followers.most_common(1)[0][0]
    accounts = Accounts(stores.postgres)
    tokens = {user: await accounts.issue_token(user) for user in (reader, author, famous)}
    async with AsyncExitStack() as running:
        for view in VIEWS:
            await running.enter_async_context(process(stack, ["streams", "worker", view]))
        await running.enter_async_context(process(stack, ["gateway"], port=stack.gateway_port))
        await caught_up(stores, servers.kafka, seconds=300)
        await _sample(stack, reader, tokens[reader], tokens[author], 20)
        quiet = await _sample(stack, reader, tokens[reader], tokens[author], SAMPLES)
        posting = asyncio.create_task(_keep_posting(stack, tokens[famous]))
        busy = await _sample(stack, reader, tokens[reader], tokens[author], SAMPLES)
        posting.cancel()
        with suppress(asyncio.CancelledError):  # nothing else: then it has not posted to the end
            await posting
    rows = [
        at_most(
            f"acknowledged → visible, {name}",
            "ms",
            percentile(quiet, share),
            percentile(floor, share),
            TARGET,
        )
        for name, share in (("p50", 0.5), ("p99", 0.99))
    ]
    rows.append(
        at_most(
            f"small author's p99 while {world.followers[famous]:,} followers are served",
            "ms",
            percentile(busy, 0.99),
            percentile(quiet, 0.99),
            None,
        )
    )
    return rows


async def _kafka_alone(servers: Servers) -> list[float]:
    """Milliseconds from the sending of a record to its being received, in one process."""
    producer = AIOKafkaProducer(
        bootstrap_servers=servers.kafka, acks="all", enable_idempotence=True
    )
    consumer = AIOKafkaConsumer(
        FLOOR_TOPIC, bootstrap_servers=servers.kafka, auto_offset_reset="latest"
    )
    await producer.start()
    await consumer.start()
    await consumer.seek_to_end()
    samples = []
    for number in range(SAMPLES + 20):
        sent = time.perf_counter()
        await producer.send_and_wait(FLOOR_TOPIC, b"x" * 300)
        async with asyncio.timeout(LIMIT_SECONDS):
            await consumer.getone()
        if number >= 20:
            samples.append((time.perf_counter() - sent) * 1e3)
        await asyncio.sleep(PAUSE_SECONDS)
    await consumer.stop()
    await producer.stop()
    return samples


def _small_pair(world: World) -> tuple[int, int]:
    """A follower and an author who has between 3 and 50 of them."""
    return next(pair for pair in world.follows if 3 <= world.followers[pair[1]] <= 50)


async def _sample(
    stack: Stack, reader: int, reader_token: str, author_token: str, count: int
) -> list[float]:
    """Milliseconds from the acknowledgement of a post to its being in the reader's timeline."""
    port = stack.gateway_port
    writing, reading = await Connection.open(port), await Connection.open(port)
    home = get(f"/2/users/{reader}/timelines/reverse_chronological?max_results=5", reader_token)
    samples = []
    for number in range(count):
        body = json.encode({"text": f"sample {number} {time.time_ns()}"})
        posted = json.decode(await writing.send(post("/2/tweets", author_token, body)))
        acknowledged = time.perf_counter()
        wanted = posted["data"]["id"].encode()
        while wanted not in await reading.send(home):
            if time.perf_counter() - acknowledged > LIMIT_SECONDS:
                raise TimeoutError(f"tweet {wanted!r} was not visible in {LIMIT_SECONDS} s")
        samples.append((time.perf_counter() - acknowledged) * 1e3)
        await asyncio.sleep(PAUSE_SECONDS)
    writing.close()
    reading.close()
    return samples


async def _keep_posting(stack: Stack, token: str) -> None:
    connection = await Connection.open(stack.gateway_port)
    number = 0
    while True:
        number += 1
        body = json.encode({"text": f"to everybody {number} {time.time_ns()}"})
        await connection.send(post("/2/tweets", token, body))
        await asyncio.sleep(1 / BUSY_POSTS_PER_SECOND)
