"""MongoDB: a real `mongod` where there is one, else the stand-in of deploy/devmongo."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient

from deploy.account import own
from deploy.home import Home
from deploy.part import Part
from deploy.ports import LOOPBACK, Offset, port
from deploy.tools import Java

_MAIN = "birdlog.DevMongo"


def mongod_part(home: Home, base: int, binary: str) -> Part:
    """A real server, its data in the home."""
    number = port(base, Offset.mongo)
    data = home.data("mongo")
    part = _part(
        number, binary, "--bind_ip", LOOPBACK, "--port", str(number), "--dbpath", str(data)
    )
    return replace(
        part,
        cwd=data,
        prepare=lambda: asyncio.to_thread(own, data),
        reaches=(data, Path(binary)),
    )


def devmongo_part(base: int, java: Java, jars: Path) -> Part:
    """The stand-in, which forgets all when it stops."""
    number = port(base, Offset.mongo)
    classpath = ":".join(str(jar) for jar in sorted(jars.glob("*.jar")))
    part = _part(
        number, str(java.binary), "-Xms64m", "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1", "-cp", classpath, _MAIN, LOOPBACK, str(number),
    )  # fmt: skip
    return replace(part, reaches=(java.home, jars))


async def probe(uri: str) -> None:
    """Returns when it answers a ping."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        uri, serverSelectionTimeoutMS=1500, connectTimeoutMS=1500, socketTimeoutMS=2000
    )
    try:
        await client.admin.command("ping")
    finally:
        await client.close()


def _part(number: int, *argv: str) -> Part:
    return Part(
        name="mongo",
        argv=argv,
        address=f"{LOOPBACK}:{number}",
        ports=(number,),
        ready=lambda: probe(f"mongodb://{LOOPBACK}:{number}/"),
    )
