"""The log, readable."""

from collections.abc import AsyncIterator
from typing import Any

from msgspec import Struct, json

from events import topic_generations
from events.codec import UNREADABLE
from events.observer import observer
from events.partitioning import partition_of
from events.places import logical, real
from events.reader import ends, partitions
from schemas.explained import Explained

POLL_MS = 500


class GoneOn(Explained):
    """What is appended to the topic comes to other partitions."""


class Line(Struct, frozen=True):
    """One record; `at` in milliseconds since the Unix epoch, `event` as it stands in the log."""

    position: str
    at: int
    key: str
    event: Any


async def lines(
    bootstrap: str, topic: str, *, key: str | None, start: int, follow: bool
) -> AsyncIterator[Line]:
    """The records of `topic` from offset `start` of each partition, those of one key if given.

    Partitions are independent: their records come mixed, each partition's in order. Ends at the
    present end of the log unless it is to `follow`; then raises `GoneOn` at its end.
    """
    at = await topic_generations.look_up(bootstrap)
    found = await partitions(bootstrap, [topic], at)
    if key is not None:
        found = [found[partition_of(key.encode(), len(found))]]
    async with observer(bootstrap) as consumer:
        end = await ends(consumer, found)
        assigned = [real(p) for p in found if follow or start < end[p]]
        news = real(topic_generations.PLACE)
        consumer.assign([*assigned, news] if assigned else [])
        for partition in assigned:
            consumer.seek(partition, min(start, end[logical(*partition)]))
        if assigned:
            consumer.seek(news, at.end)
        while assigned:
            fetched = await consumer.getmany(timeout_ms=POLL_MS)
            gone_on = fetched.pop(news, None) is not None
            records = sorted((r for rs in fetched.values() for r in rs), key=lambda r: r.timestamp)
            for record in records:
                place = logical(record.topic, record.partition)
                if record.offset < start or (not follow and record.offset >= end[place]):
                    continue
                name = (record.key or b"").decode(errors="replace")
                if key is None or name == key:
                    yield Line(
                        f"{place}:{record.offset}", record.timestamp, name, _event(record.value)
                    )
            if follow and gone_on:
                raise GoneOn(f"{topic} may have other partitions now: follow it anew")
            if not follow and all(
                [await consumer.position(p) >= end[logical(*p)] for p in assigned]
            ):
                return


def _event(value: bytes | None) -> Any:
    try:
        return json.decode(value or b"null")
    except UNREADABLE:
        return (value or b"").decode(errors="replace")
