"""Reading what is on the log, and not what is not."""

import itertools
import os

import pytest
from aiokafka.admin import NewTopic, RecordsToDelete

from events.bulk import bulk_producer
from events.ending import stop
from events.observer import admin
from events.places import real
from events.positions import Partition
from events.reader import Removed, read
from schemas.servers import Servers

_names = itertools.count()


@pytest.fixture
async def place(servers: Servers) -> Partition:
    """Of which the first three of five records were removed."""
    place = Partition(f"removed-{os.getpid()}-{next(_names)}", 0)
    async with admin(servers.kafka) as client:
        await client.create_topics([NewTopic(place.topic, 1, 1)])
    producer = await bulk_producer(servers.kafka)
    try:
        for number in range(5):
            await (await producer.send(place.topic, b"%d" % number))
    finally:
        await stop(producer)
    async with admin(servers.kafka) as client:
        await client.delete_records({real(place): RecordsToDelete(before_offset=3)})
    return place


async def values(servers: Servers, place: Partition, start: int, end: int) -> list[bytes | None]:
    return [
        record.value
        async for records, _ in read(servers.kafka, place, start, end)
        for record in records
    ]


async def test_what_was_removed_is_not_passed_over(servers: Servers, place: Partition) -> None:
    assert await values(servers, place, 3, 5) == [b"3", b"4"]
    for start in (0, 2):
        with pytest.raises(Removed, match=f"does not hold {place.topic}:0:{start} any more"):
            await values(servers, place, start, 5)
