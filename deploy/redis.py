"""Redis, with its append-only file so that a second start finds the data."""

import asyncio
from pathlib import Path

from redis.asyncio import Redis

from deploy.account import own
from deploy.home import Home
from deploy.part import Part
from deploy.ports import LOOPBACK, Offset, port


def redis_part(home: Home, base: int, binary: str) -> Part:
    """The server at `base`."""
    number = port(base, Offset.redis)
    data = home.data("redis")
    return Part(
        name="redis",
        argv=(
            binary, "--bind", LOOPBACK, "--port", str(number), "--daemonize", "no",
            "--dir", str(data), "--appendonly", "yes", "--appendfsync", "everysec",
            "--save", "",
        ),
        cwd=data,
        address=f"{LOOPBACK}:{number}",
        ports=(number,),
        prepare=lambda: asyncio.to_thread(own, data),
        reaches=(data, Path(binary)),
        ready=lambda: probe(f"redis://{LOOPBACK}:{number}/0"),
    )  # fmt: skip


async def probe(url: str) -> None:
    """Returns when it answers, its data loaded."""
    client = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
    try:
        await client.dbsize()
    finally:
        await client.aclose()
