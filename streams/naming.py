"""Finding the records of the log in which an id stands."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from events.observer import observer
from events.positions import Partition, Position
from events.reader import ends, read

AT_ONCE = 8
"""Partitions that are read at the same time."""


class Named(NamedTuple):
    position: Position
    value: bytes


async def naming(bootstrap: str, places: Sequence[Partition], number: int) -> list[Named]:
    """The records of `places` that hold the id, up to where these end now; what of each place in
    the order of the log. The id may mean anything there."""
    async with observer(bootstrap) as consumer:
        end = await ends(consumer, places)
    needle = f'"{number}"'.encode()
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
