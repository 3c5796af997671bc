"""PostgreSQL: one cluster with the database birdlog."""

import asyncio
import shutil
import signal
from pathlib import Path

import asyncpg

from deploy.account import own, unprivileged_prefix
from deploy.command import run
from deploy.home import Home
from deploy.part import Part
from deploy.ports import LOOPBACK, Offset, port

OWNER = "birdlog"
DATABASE = "birdlog"


def postgres_part(home: Home, base: int, binaries: Path, *, durable: bool = True) -> Part:
    """The server at `base`; SIGINT is its fast shutdown.

    One that need not be `durable` waits for no disk: it loses nothing when it is killed, all when
    the power fails.
    """
    data = home.data("postgres")
    number = port(base, Offset.postgres)
    return Part(
        name="postgres",
        argv=(
            str(binaries / "postgres"), "-D", str(data / "cluster"), "-p", str(number),
            "-c", f"listen_addresses={LOOPBACK}", "-c", "unix_socket_directories=",
            "-c", "max_connections=200", "-c", "logging_collector=off",
            *(() if durable else ("-c", "fsync=off", "-c", "full_page_writes=off")),
        ),
        cwd=data,
        address=f"{LOOPBACK}:{number}",
        ports=(number,),
        prepare=lambda: prepare(data, binaries, durable=durable),
        ready=lambda: probe(f"postgresql://{OWNER}@{LOOPBACK}:{number}/{DATABASE}"),
        reaches=(data, binaries),
        stop_signal=signal.SIGINT,
    )  # fmt: skip


async def prepare(data: Path, binaries: Path, *, durable: bool = True) -> None:
    """Create the cluster the first time, whole or not at all."""
    cluster, fresh = data / "cluster", data / "cluster.new"
    await asyncio.to_thread(own, data)
    if cluster.exists():
        return
    await asyncio.to_thread(shutil.rmtree, fresh, ignore_errors=True)
    account = unprivileged_prefix(data, binaries)
    await run(
        (
            *account, str(binaries / "initdb"), "-D", str(fresh), "-U", OWNER,
            "--auth-host=trust", "--auth-local=reject", "--encoding=UTF8", "--locale=C.UTF-8",
            *(() if durable else ("--no-sync",)),
        ),
        timeout=120,
    )  # fmt: skip
    await run(
        (
            *account, str(binaries / "postgres"), "--single", "-j", "-c", "exit_on_error=true",
            *(() if durable else ("-F",)), "-D", str(fresh), "postgres",
        ),
        stdin=f"CREATE DATABASE {DATABASE};\n\n",
        timeout=60,
    )  # fmt: skip
    fresh.rename(cluster)


async def probe(dsn: str) -> None:
    """Returns when the database answers a query."""
    connection = await asyncpg.connect(dsn, timeout=2)
    try:
        await connection.fetchval("SELECT 1", timeout=2)
    finally:
        await connection.close(timeout=2)
