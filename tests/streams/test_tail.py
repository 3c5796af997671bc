"""The log, readable from an offset on."""

import asyncio

import pytest

from events.log import Log
from schemas.servers import Servers
from streams.tail import lines

SECONDS = 3.0


async def test_nothing_older_is_shown_of_a_partition_that_ends_before(
    servers: Servers, log: Log
) -> None:
    position = await log.append_bytes("users", b"tail_key", b"{}")
    start = position.offset + 1_000
    shown = lines(servers.kafka, "users", key="tail_key", start=start, follow=True)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(SECONDS):
            await anext(shown)
    await shown.aclose()  # type: ignore[attr-defined]
