"""The log, readable from an offset on."""

import asyncio

from events.log import Log
from events.tasks import cancel_all
from schemas.events import ListCreated
from schemas.servers import Servers
from streams.tail import lines
from tests.projections.memory_log import fresh_number

SECONDS = 1.0


async def test_nothing_older_is_shown_of_a_partition_that_ends_before(
    servers: Servers, log: Log
) -> None:
    number = fresh_number()
    position = await log.append(
        ListCreated(event_id=number, at=1, actor=1, request_id="", list_id=number, name="birds")
    )
    start = position.offset + 1_000

    async def first(start: int) -> str:
        shown = lines(servers.kafka, "lists", key=str(number), start=start, follow=True)
        try:
            return (await anext(shown)).key
        finally:
            await shown.aclose()  # type: ignore[attr-defined]

    async with asyncio.timeout(60):
        beyond = asyncio.create_task(first(start))
        assert await first(position.offset) == str(number)  # which began later, and is through
        await asyncio.wait([beyond], timeout=SECONDS)
    assert not beyond.done()
    await cancel_all([beyond])
