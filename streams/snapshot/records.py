"""One partition of the log as a file of JSON lines, and back, each record at the same offset."""

import asyncio
import base64
import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

from aiokafka import AIOKafkaProducer
from aiokafka.structs import ConsumerRecord
from msgspec import Struct, json

from events.places import real
from events.positions import Partition
from events.reader import read
from streams.snapshot.manifest import SnapshotRefused, packed

UNACKNOWLEDGED = 2_000
ACKNOWLEDGE_SECONDS = 60.0


class Line(Struct, frozen=True, omit_defaults=True):
    """One record; `at` is Kafka's timestamp in milliseconds. What is no UTF-8 is in base64."""

    offset: int
    at: int
    key: str | None = None
    value: str | None = None
    base64: bool = False

    @property
    def parts(self) -> tuple[bytes | None, bytes | None]:
        """Key and value."""
        return self._bytes(self.key), self._bytes(self.value)

    def _bytes(self, text: str | None) -> bytes | None:
        if text is None:
            return None
        return base64.b64decode(text) if self.base64 else text.encode()


def line_of(offset: int, at: int, key: bytes | None, value: bytes | None) -> Line:
    try:
        return Line(offset, at, _text(key), _text(value))
    except UnicodeDecodeError:
        return Line(offset, at, _base64(key), _base64(value), base64=True)


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode()


def _base64(data: bytes | None) -> str | None:
    return None if data is None else base64.b64encode(data).decode()


async def save(bootstrap: str, partition: Partition, end: int, path: Path) -> None:
    """The records with the offsets from 0 up to, without, `end`.

    Raises `SnapshotRefused` where an offset holds no record: it could not be restored to its
    place. Our producers write no control records and nothing on the log expires.
    """
    expected = 0
    with packed(path) as file:
        async for records, _ in read(bootstrap, partition, 0, end):
            for record in cast("Sequence[ConsumerRecord]", records):
                _continues(partition, expected, record)
                expected += 1
                line = line_of(record.offset, record.timestamp, record.key, record.value)
                file.write(json.encode(line) + b"\n")
    if expected != end:
        raise SnapshotRefused(f"{partition} has no record at {expected}, and ends at {end}")


def _continues(partition: Partition, expected: int, record: ConsumerRecord) -> None:
    if record.offset != expected:
        raise SnapshotRefused(f"{partition} has no record at {expected}, but at {record.offset}")


def lines(path: Path) -> Iterator[Line]:
    decoder = json.Decoder(Line)
    with gzip.open(path, "rb") as file:
        for text in file:
            yield decoder.decode(text)


async def load(producer: AIOKafkaProducer, partition: Partition, path: Path) -> None:
    """Appends the lines of the file. Raises `SnapshotRefused` when somebody else appends, too, and
    aiokafka's `KafkaError`."""
    place = real(partition)
    sent: list[tuple[int, asyncio.Future[object]]] = []
    for line in lines(path):
        key, value = line.parts
        acknowledged = await producer.send(
            place.topic, value, key=key, partition=place.partition, timestamp_ms=line.at
        )
        sent.append((line.offset, acknowledged))
        if len(sent) >= UNACKNOWLEDGED:
            await _at_their_places(partition, sent)
            sent.clear()
    await _at_their_places(partition, sent)


async def _at_their_places(
    partition: Partition, sent: list[tuple[int, asyncio.Future[object]]]
) -> None:
    async with asyncio.timeout(ACKNOWLEDGE_SECONDS):
        done = await asyncio.gather(*(f for _, f in sent))
    for (offset, _), found in zip(sent, done, strict=True):
        at = getattr(found, "offset", None)
        if at != offset:
            raise SnapshotRefused(
                f"{partition}: record {offset} came to {at}, since somebody else writes: stop"
                " gateways and the relay, and begin with an empty log"
            )
