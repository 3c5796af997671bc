"""Appends that go together come to stand where they say, in their order, and alone if need be."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Callable
from typing import cast

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata, TopicPartition

from events.ending import stop
from events.groups import MANY, Groups, Overdue, Slow
from events.observer import observer
from events.partitioning import partition_of
from events.places import real
from events.positions import Position
from events.reader import read
from schemas.servers import Servers

PARTITIONS = 3
LARGEST = 50_000
SECONDS = 10.0

_names = itertools.count()


@pytest.fixture
async def groups(servers: Servers) -> AsyncIterator[Groups]:
    producer = AIOKafkaProducer(
        bootstrap_servers=servers.kafka, acks="all", enable_idempotence=True
    )
    await producer.start()
    try:
        yield Groups(producer, SECONDS, lambda _: None)
    finally:
        await stop(producer)


@pytest.fixture
async def topic(servers: Servers) -> str:
    name = f"groups-{os.getpid()}-{next(_names)}"
    admin = AIOKafkaAdminClient(bootstrap_servers=servers.kafka)
    await admin.start()
    try:
        limit = {"max.message.bytes": str(LARGEST)}
        await admin.create_topics([NewTopic(name, PARTITIONS, 1, topic_configs=limit)])
    finally:
        await admin.close()
    return name


async def append(groups: Groups, topic: str, key: bytes, value: bytes) -> Position:
    return await (await groups.send(topic, key, value))


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not is_so():
            await asyncio.sleep(0)


async def stands(servers: Servers, topic: str) -> dict[Position, bytes]:
    """All that the topic holds."""
    found = {}
    async with observer(servers.kafka) as consumer:
        places = [Position.parse(f"{topic}:{number}:0").partition for number in range(PARTITIONS)]
        ends = await consumer.end_offsets([real(place) for place in places])
    for place in places:
        async for piece in read(servers.kafka, place, 0, ends[real(place)]):
            for record in piece.records:
                found[Position(place, record.offset)] = record.value or b""
    return found


async def test_each_stands_where_it_says_in_the_order_of_its_key(
    servers: Servers, groups: Groups, topic: str
) -> None:
    said = [(b"%d" % (number % 7), b"%d" % number) for number in range(2_000)]
    positions = await asyncio.gather(*(append(groups, topic, key, value) for key, value in said))
    at = dict(zip(positions, said, strict=True))
    assert {position: value for position, (_, value) in at.items()} == await stands(servers, topic)
    for position, (key, _) in at.items():
        assert position.partition.number == partition_of(key, PARTITIONS)
    for of_key in range(7):
        offsets = [position.offset for position in positions[of_key::7]]
        assert offsets == sorted(offsets)


async def test_what_is_larger_than_a_batch_goes_between_small_ones(
    servers: Servers, groups: Groups, topic: str
) -> None:
    said = [b"x" * size for size in (10, 40_000, 10, 40_000, 40_000, 10)]
    positions = await asyncio.gather(*(append(groups, topic, b"key", value) for value in said))
    assert [position.offset for position in positions] == list(range(len(said)))
    assert await stands(servers, topic) == dict(zip(positions, said, strict=True))


async def test_one_that_is_refused_leaves_later_ones_their_way(
    servers: Servers, groups: Groups, topic: str
) -> None:
    with pytest.raises(MessageSizeTooLargeError):
        await append(groups, topic, b"key", b"x" * (LARGEST + 1))
    other = next(key for key in (b"%d" % n for n in itertools.count()) if elsewhere(key, b"key"))
    position = await append(groups, topic, other, b"small")
    assert await stands(servers, topic) == {position: b"small"}


def elsewhere(key: bytes, than: bytes) -> bool:
    return partition_of(key, PARTITIONS) != partition_of(than, PARTITIONS)


async def test_one_that_is_cancelled_before_the_others_go_is_not_sent(
    servers: Servers, groups: Groups, topic: str
) -> None:
    await append(groups, topic, b"key", b"first")
    given_up, kept = (
        asyncio.create_task(append(groups, topic, b"key", value)) for value in (b"up", b"kept")
    )
    await asyncio.sleep(0)  # in which both begin to wait
    given_up.cancel()
    position = await kept
    assert position.offset == 1
    assert list((await stands(servers, topic)).values()) == [b"first", b"kept"]


async def test_one_that_is_cancelled_under_way_leaves_the_others_their_places(
    servers: Servers, groups: Groups, topic: str
) -> None:
    lane = (await groups._open(topic))[partition_of(b"key", PARTITIONS)]
    appends = [asyncio.create_task(append(groups, topic, b"key", b"%d" % n)) for n in range(9)]
    await until(lambda: bool(lane.under_way))
    appends[4].cancel()
    done = await asyncio.gather(*appends, return_exceptions=True)
    assert isinstance(done.pop(4), asyncio.CancelledError)
    positions = [position for position in done if isinstance(position, Position)]
    assert [position.offset for position in positions] == [0, 1, 2, 3, 5, 6, 7, 8]
    assert len(await stands(servers, topic)) == 9


async def test_nobody_waits_long_for_others_when_kafka_is_slow(groups: Groups, topic: str) -> None:
    groups._round_trip = 10 * SECONDS
    for _ in range(2):
        await asyncio.gather(*(append(groups, topic, b"key", b"%d" % n) for n in range(MANY)))
    async with asyncio.timeout(SECONDS / 2):
        await append(groups, topic, b"key", b"alone")


async def test_whoever_waits_hears_that_the_producer_is_closed(groups: Groups, topic: str) -> None:
    await append(groups, topic, b"key", b"first")
    await groups.producer.stop()
    with pytest.raises(KafkaError):
        await append(groups, topic, b"key", b"second")


class Late:
    """As an aiokafka producer, of a topic with one partition, whose brokers answer when told to."""

    def __init__(self) -> None:
        self.sent: list[asyncio.Future[RecordMetadata]] = []

    async def partitions_for(self, _: str) -> set[int]:
        return {0}

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(16_384, 0)

    async def send_batch(self, *_: object, partition: int) -> asyncio.Future[RecordMetadata]:
        self.sent.append(asyncio.get_running_loop().create_future())
        return self.sent[-1]

    def answer(self, number: int, offset: int) -> None:
        place = TopicPartition("t", 0)
        self.sent[number].set_result(RecordMetadata("t", 0, place, offset, 0, 0, 0))


async def test_an_answer_to_what_was_given_up_is_not_taken_for_that_to_the_next() -> None:
    late = Late()
    hanging: list[Groups] = []
    groups = Groups(cast("AIOKafkaProducer", late), 1.0, hanging.append)
    given_up = await groups.send("t", b"key", b"first")
    await until(lambda: len(late.sent) == 1)
    behind = await groups.send("t", b"key", b"behind it")
    with pytest.raises(TimeoutError):
        await given_up
    with pytest.raises(Overdue):
        await behind
    assert hanging == [groups]
    following = await groups.send("t", b"key", b"second")
    await until(lambda: len(late.sent) == 2)
    late.answer(0, 5)
    await asyncio.sleep(0)  # in which whoever waits would hear of it
    assert not following.done()
    late.answer(1, 9)
    assert (await following).offset == 9


async def test_whoever_waits_behind_many_batches_waits_no_longer_than_the_others() -> None:
    slow = Late()
    hanging: list[Groups] = []
    groups = Groups(cast("AIOKafkaProducer", slow), 3.0, hanging.append)
    value = bytes(9_000)  # of which one fills a batch
    appends = [await groups.send("t", b"key", value) for _ in range(20)]
    began = asyncio.get_running_loop().time()

    async def answering() -> None:
        for number in itertools.count():
            await until(lambda number=number: len(slow.sent) > number)  # type: ignore[misc]
            await asyncio.sleep(1.25)  # what a batch takes
            slow.answer(number, number)

    answers = asyncio.create_task(answering())
    became = await asyncio.gather(*appends, return_exceptions=True)
    answers.cancel()
    assert asyncio.get_running_loop().time() - began < 6.0
    stand, late, waited = became[:2], became[2], became[3:]
    assert [one.offset for one in stand if isinstance(one, Position)] == [0, 1]
    assert isinstance(late, Slow)
    assert all(isinstance(one, Overdue) for one in waited)
    assert len(slow.sent) == 3
    assert not hanging
