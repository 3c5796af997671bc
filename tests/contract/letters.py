"""The dead letters that were written in the meantime."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec

from events.observer import observer
from events.reader import ends, partitions, read
from schemas.dead_letters import DeadLetter
from schemas.topics import DEAD_LETTERS


@asynccontextmanager
async def letters_since(bootstrap: str) -> AsyncIterator[list[DeadLetter]]:
    """A list that has them after the block."""
    found: list[DeadLetter] = []
    places = await partitions(bootstrap, [DEAD_LETTERS])
    async with observer(bootstrap) as consumer:
        before = await ends(consumer, places)
        yield found
        now = await ends(consumer, places)
    for place in places:
        async for records, _ in read(bootstrap, place, before[place], now[place]):
            found += [msgspec.json.decode(one.value or b"", type=DeadLetter) for one in records]
