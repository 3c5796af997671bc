"""What an operator stops and starts again."""

from redis.asyncio import Redis

from deploy.stack import Stack


async def test_one_server_can_be_stopped_and_started_with_its_data(stack: Stack) -> None:
    async with Redis.from_url(stack.servers.redis_url) as client:
        await client.set("kept", "yes")
    await stack.supervisor.stop_part("redis")
    down = {part.name: part for part in await stack.health()}["redis"]
    assert (down.healthy, down.detail) == (False, "not running (stopped)")
    await stack.supervisor.start_part("redis")
    async with Redis.from_url(stack.servers.redis_url) as client:
        assert await client.get("kept") == b"yes"
