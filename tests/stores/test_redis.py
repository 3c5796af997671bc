"""Commands that go out together: each gets its own answer, and all of them an end."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import ResponseError

import projections.redis
from projections.redis import TRANSIENT, Redis, Script, _AutoPipelined, open_redis
from schemas.servers import Servers

KEY = "tests:together"


@pytest.fixture
async def redis(servers: Servers) -> AsyncIterator[Redis]:
    async with open_redis(servers.redis) as client:
        yield client
        await client.delete(KEY)


async def value(redis: Redis) -> bytes | str | None:
    return await redis.get(KEY)


async def test_every_answer_reaches_who_asked(redis: Redis) -> None:
    await redis.delete(KEY)
    counted = await asyncio.gather(*(redis.incr(KEY) for _ in range(500)))
    assert counted == list(range(1, 501))


async def test_a_bad_command_fails_alone(redis: Redis) -> None:
    await redis.set(KEY, "words")
    bad, good = await asyncio.gather(redis.incr(KEY), redis.get(KEY), return_exceptions=True)
    assert isinstance(bad, ResponseError)
    assert good == b"words"


async def test_who_gives_up_takes_nobody_along(redis: Redis) -> None:
    await redis.set(KEY, "words")
    gone, stays = asyncio.create_task(value(redis)), asyncio.create_task(value(redis))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == b"words"
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_a_script_is_loaded_where_the_server_does_not_know_it(redis: Redis) -> None:
    script = Script("return ARGV[1]")
    assert await script(redis, [KEY], ["a"]) == b"a"
    await redis.script_flush()
    answers = await asyncio.gather(*(script(redis, [KEY], [str(n)]) for n in range(20)))
    assert answers == [str(n).encode() for n in range(20)]


async def test_without_a_server_all_who_wait_are_told() -> None:
    async with open_redis("redis://127.0.0.1:1/0") as nowhere:
        told = await asyncio.gather(
            *(nowhere.get(KEY) for _ in range(1_000)), return_exceptions=True
        )
    assert all(isinstance(error, TRANSIENT) for error in told)


async def test_a_server_that_is_silent_is_waited_for_as_long_as_a_command_may_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All of them, not the first few: what waits for a place is told with those that have one."""
    monkeypatch.setattr(projections.redis, "COMMAND_SECONDS", 2.0)

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, open_redis(f"redis://127.0.0.1:{port}/0") as client:
        loop = asyncio.get_running_loop()
        began = loop.time()
        asked = []
        for _ in range(20):
            asked.append(asyncio.create_task(value(client)))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        told = await asyncio.gather(*asked, return_exceptions=True)
        assert all(isinstance(error, TRANSIENT) for error in told)
        assert 1.9 < loop.time() - began < 3.9


async def test_a_connection_that_was_cut_is_an_outage_on_uvloop_too(servers: Servers) -> None:
    """uvloop has an error of its own for it, which had sent events to the dead letters."""
    async with open_redis(servers.redis) as client:
        await client.ping()
        assert isinstance(client, _AutoPipelined)
        (connection,) = client._kept
        assert connection._writer is not None
        connection._writer.transport.abort()
        await asyncio.sleep(0)  # the next turn of the loop closes it
        with pytest.raises(TRANSIENT):
            await connection.send_packed_command([b"*1\r\n$4\r\nPING\r\n"])
        assert await client.ping()
        assert client._kept == [connection]
