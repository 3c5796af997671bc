"""The log, readable from an offset on."""

import asyncio

from events.log import Log
from events.tasks import cancel_all
from schemas.servers import Servers
from streams.tail import lines

SECONDS = 1.0


async def test_nothing_older_is_shown_of_a_partition_that_ends_before(
    servers: Servers, log: Log
) -> None:
    position = await log.append_bytes("users", b"tail_key", b"{}")
    start = position.offset + 1_000

    async def first(start: int) -> str:
        shown = lines(servers.kafka, "users", key="tail_key", start=start, follow=True)
        try:
            return (await anext(shown)).key
        finally:
            await shown.aclose()  # type: ignore[attr-defined]

    async with asyncio.timeout(60):
        beyond = asyncio.create_task(first(start))
        assert await first(position.offset) == "tail_key"  # which began later, and is through
        await asyncio.wait([beyond], timeout=SECONDS)
    assert not beyond.done()
    await cancel_all([beyond])
