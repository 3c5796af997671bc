"""A Redis that comes back as it was a moment ago, as after a failover or a power cut."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from deploy.child import wait_for_answer
from deploy.home import Home
from deploy.ports import free_base
from deploy.redis import redis_part
from events.positions import Partition
from projections.checkpoints.redis import Checkpoints
from projections.redis import open_redis
from projections.view import CheckpointBehind

PLACE = Partition("tweets", 0)


@asynccontextmanager
async def server(home: Home, base: int) -> AsyncIterator[str]:
    """Ends without a word; the next one has what the last one wrote to its file."""
    binary = shutil.which("redis-server")
    assert binary is not None
    part = redis_part(home, base, binary)
    assert part.ready is not None
    process = await asyncio.create_subprocess_exec(*part.argv, stdout=asyncio.subprocess.DEVNULL)
    try:
        await wait_for_answer(part.ready, 10, part.name)
        yield f"redis://{part.address}/0"
    finally:
        process.kill()
        await process.wait()


async def test_a_checkpoint_does_not_pass_what_may_be_lost(tmp_path: Path) -> None:
    home, base = Home(tmp_path), free_base()
    async with server(home, base) as url, open_redis(url) as redis:
        held = await Checkpoints(redis, "checkpoints").begin(PLACE, 0)
        await Checkpoints(redis, "checkpoints").advance(PLACE, 0, 5, held.since)
    async with server(home, base) as url, open_redis(url) as redis:
        checkpoints = Checkpoints(redis, "checkpoints")
        with pytest.raises(CheckpointBehind) as raised:
            await checkpoints.advance(PLACE, 5, 9, held.since)
        assert raised.value.stored == 5
        again = await checkpoints.begin(PLACE, 5)
        await checkpoints.advance(PLACE, 5, 9, again.since)
        assert await checkpoints.all() == {PLACE: 9}


async def test_the_first_command_reaches_a_server_that_was_started_again(tmp_path: Path) -> None:
    home, base = Home(tmp_path), free_base()
    async with AsyncExitStack() as opened:
        async with server(home, base) as url:
            redis = await opened.enter_async_context(open_redis(url))
            await redis.set("bird", "kestrel")
        async with server(home, base):
            assert await redis.get("bird") == b"kestrel"
