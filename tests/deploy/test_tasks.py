"""Work that is brought to its end, whoever waits for it."""

import asyncio

import pytest

from deploy.tasks import to_the_end


async def test_work_comes_to_its_end_however_often_whoever_waits_is_cancelled() -> None:
    done: list[str] = []
    goes_on = asyncio.Event()

    async def stops() -> str:
        await goes_on.wait()
        done.append("stopped")
        return "well"

    waiting = asyncio.create_task(to_the_end(stops(), 20))
    for _ in range(3):
        await asyncio.sleep(0)
        waiting.cancel()
    await asyncio.sleep(0)
    assert not waiting.done()
    goes_on.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert done == ["stopped"]
    assert await to_the_end(stops(), 20) == "well"


async def test_work_that_takes_too_long_is_ended() -> None:
    ended: list[str] = []

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    with pytest.raises(TimeoutError, match="not over in 0 s"):
        await to_the_end(never(), 0.01)
    assert ended == ["ended"]


async def test_what_the_work_raises_is_raised_also_after_a_cancellation() -> None:
    async def fails() -> None:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        raise LookupError

    with pytest.raises(LookupError):
        await to_the_end(fails(), 20)
    waiting = asyncio.create_task(to_the_end(fails(), 20))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(LookupError):
        await waiting
