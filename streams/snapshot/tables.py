"""The rows in PostgreSQL that are not built from the log, as files of COPY, and back."""

import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from projections.postgres import Connection, Pool
from streams.snapshot.manifest import SnapshotRefused, TableFile, packed

COPY_SECONDS = 3_600.0
READY = "media_id IN (SELECT media_id FROM media WHERE ready)"

TABLES = {
    "accounts": "",
    "apps": "",
    "grants": "",
    "tokens": "",
    "access_tokens": "",
    "refresh_tokens": "",
    "signing_keys": "",
    "outbox": "ORDER BY outbox_id",
    "idempotency_keys": "",
    "worker_leases": "",
    "stream_rule_sets": "",
    "stream_rules": "",
    "media": "WHERE ready",
    "media_uses": f"WHERE {READY}",
}
"""Which rows of each, in an order in which they can be put back."""

NUMBERED_ANEW = {"outbox_id"}
MERGED = "worker_leases"

NOTED_BEFORE = "idempotency_keys, outbox, media_uses"
"""Where a row is written before what it is about is appended."""

Found = TypeVar("Found")


@asynccontextmanager
async def as_of(
    pool: Pool, find: Callable[[], Awaitable[Found]]
) -> AsyncIterator[tuple[Connection, Found]]:
    """A connection that sees the tables as they are now for as long as the block runs, and what
    `find` finds while nothing can be noted in order to be appended.

    So whatever stands before an end of the log that `find` finds has its account, its media and
    its idempotency key in these tables. Writers wait for a moment.
    """
    async with (
        pool.acquire() as reader,
        reader.transaction(isolation="repeatable_read", readonly=True),
    ):
        async with pool.acquire() as holder, holder.transaction(isolation="repeatable_read"):
            await holder.execute(f"LOCK TABLE {NOTED_BEFORE} IN SHARE MODE")
            snapshot = await holder.fetchval("SELECT pg_export_snapshot()")
            await reader.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
            found = await find()
        yield reader, found


async def save(connection: Connection, table: str, path: Path) -> TableFile:
    columns = [name for name in await _columns(connection, table) if name not in NUMBERED_ANEW]
    query = f"SELECT {', '.join(columns)} FROM {table} {TABLES[table]}"
    with packed(path) as file:
        done = await connection.copy_from_query(
            query, output=cast("BinaryIO", file), timeout=COPY_SECONDS
        )
    return TableFile(table, columns, int(done.rpartition(" ")[2]), f"tables/{path.name}")


async def _columns(connection: Connection, table: str) -> list[str]:
    rows = await connection.fetch(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
        table,
    )
    return [row["column_name"] for row in rows]


async def must_be_empty(connection: Connection) -> None:
    """Raises `SnapshotRefused` when anybody has an account, or anything is noted of one."""
    for table in TABLES.keys() - {MERGED}:
        if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table})"):
            raise SnapshotRefused(f"the table {table} is not empty: restore into an empty stack")


async def load(connection: Connection, saved: TableFile, path: Path) -> None:
    """Leases on worker numbers are merged with those that are there: the later end counts."""
    into = saved.table
    if saved.table == MERGED:
        into = "restored"
        await connection.execute(
            f"CREATE TEMPORARY TABLE {into} (LIKE {saved.table}) ON COMMIT DROP"
        )
    with gzip.open(path, "rb") as file:
        await connection.copy_to_table(
            into, source=cast("BinaryIO", file), columns=saved.columns, timeout=COPY_SECONDS
        )
    if saved.table == MERGED:
        await connection.execute(
            f"INSERT INTO {saved.table} AS held SELECT * FROM {into} ON CONFLICT (worker)"
            " DO UPDATE SET until_ms = greatest(held.until_ms, excluded.until_ms)"
        )
