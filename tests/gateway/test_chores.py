"""What a gateway does now and then it goes on doing."""

import asyncio
import logging

import pytest

from gateway.chores import repeated
from gateway.media.objects import StoreAway


async def test_a_chore_goes_on_whatever_it_raises(caplog: pytest.LogCaptureFixture) -> None:
    errors = [StoreAway("no"), LookupError("never thought of"), None]
    done = asyncio.Event()

    async def chore() -> None:
        if (error := errors.pop(0)) is not None:
            raise error
        done.set()

    with caplog.at_level(logging.WARNING):
        task = asyncio.create_task(repeated(chore, 0.001, "dust stays"))
        async with asyncio.timeout(5):
            await done.wait()
        task.cancel()
    warned, failed = caplog.records[:2]
    assert (warned.levelname, failed.levelname) == ("WARNING", "ERROR")
    assert "dust stays" in warned.getMessage()
    assert failed.exc_info is not None
