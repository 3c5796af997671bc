"""Finding the records of the log in which an id, or something else, stands."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct, json

from events.codec import UNREADABLE
from events.observer import observer
from events.positions import Partition, Position
from events.reader import ends, read

AT_ONCE = 8
"""Partitions that are read at the same time."""


class Named(NamedTuple):
    position: Position
    value: bytes


class Made(Struct, frozen=True):
    """What is read of events that this version cannot read otherwise."""

    actor: int
    event_id: int


_made = json.Decoder(Made, strict=False)


def made(value: bytes) -> Made | None:
    """None for what is no event at all."""
    try:
        return _made.decode(value)
    except UNREADABLE:
        return None


async def naming(bootstrap: str, places: Sequence[Partition], number: int) -> list[Named]:
    """As `holding`, of an id, which may mean anything there."""
    return await holding(bootstrap, places, f'"{number}"'.encode())


async def holding(bootstrap: str, places: Sequence[Partition], needle: bytes) -> list[Named]:
    """The records of `places` that hold the needle, up to where these end now; what of each place
    in the order of the log."""
    async with observer(bootstrap) as consumer:
        end = await ends(consumer, places)
    turns = asyncio.Semaphore(AT_ONCE)

    async def of(partition: Partition) -> list[Named]:
        found: list[Named] = []
        async with turns:
            async for records, _ in read(bootstrap, partition, 0, end[partition]):
                found += (
                    Named(Position(partition, record.offset), value)
                    for record in records
                    if needle in (value := record.value or b"")
                )
        return found

    return [named for several in await asyncio.gather(*map(of, places)) for named in several]
