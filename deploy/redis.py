"""Redis, with its append-only file so that a second start finds the data."""

from redis.asyncio import Redis

from deploy.home import Home
from deploy.part import Part
from deploy.ports import LOOPBACK, Offset, port


def redis_part(home: Home, base: int, binary: str) -> Part:
    """The server at `base`."""
    number = port(base, Offset.redis)
    return Part(
        name="redis",
        argv=(
            binary, "--bind", LOOPBACK, "--port", str(number), "--daemonize", "no",
            "--dir", str(home.data("redis")), "--appendonly", "yes", "--appendfsync", "everysec",
            "--save", "",
        ),
        address=f"{LOOPBACK}:{number}",
        ports=(number,),
        ready=lambda: probe(f"redis://{LOOPBACK}:{number}/0"),
    )  # fmt: skip


async def probe(url: str) -> None:
    """Returns when it answers, its data loaded."""
    client = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
    try:
        await client.dbsize()
    finally:
        await client.aclose()
