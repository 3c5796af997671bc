"""Leases on Snowflake worker numbers, kept in PostgreSQL.

A number that was leased before comes with a floor: its next holder makes no id for a time that
the last one may have used, wherever the clocks stand.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from events.snowflake import WORKERS, Snowflakes
from projections.postgres import TRANSIENT, Pool

logger = logging.getLogger(__name__)

LEASE_MS = 600_000
RENEW_SECONDS = 60.0
TRIES = 10


class NoWorkerNumber(RuntimeError):
    """All worker numbers are leased."""


@asynccontextmanager
async def leased_snowflakes(pool: Pool) -> AsyncIterator[Snowflakes]:
    """Ids that nobody else makes, for as long as the block runs. Raises `NoWorkerNumber`."""
    now = _now_ms()
    worker = await _lease(pool, now)
    ids = Snowflakes(worker, floor_ms=now, valid_until_ms=now + LEASE_MS)
    renewal = asyncio.create_task(_renew(pool, worker, ids))
    try:
        yield ids
    finally:
        renewal.cancel()
        await asyncio.gather(renewal, return_exceptions=True)
        with suppress(*TRANSIENT):  # the lease then runs out by itself
            await pool.execute(
                "UPDATE worker_leases SET until_ms = $2 WHERE worker = $1", worker, ids.last_ms + 1
            )


async def _lease(pool: Pool, now: int) -> int:
    for _ in range(TRIES):
        worker: int | None = await pool.fetchval(_LEASE, now + LEASE_MS, WORKERS - 1, now)
        if worker is not None:
            return worker
    raise NoWorkerNumber(f"none of the {WORKERS} worker numbers is free")


_LEASE = """
INSERT INTO worker_leases AS held SELECT n, $1 FROM (
    SELECT n, coalesce(until_ms, 0) AS free_since
    FROM generate_series(0, $2) AS n LEFT JOIN worker_leases ON worker = n
    WHERE coalesce(until_ms, 0) < $3 ORDER BY free_since, random() LIMIT 1
) AS free
ON CONFLICT (worker) DO UPDATE SET until_ms = excluded.until_ms WHERE held.until_ms < $3
RETURNING worker"""
"""Takes the number that has been free for longest; nothing when another process was faster."""


async def _renew(pool: Pool, worker: int, ids: Snowflakes) -> None:
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        until = _now_ms() + LEASE_MS
        try:
            renewed = await pool.fetchval(
                "UPDATE worker_leases SET until_ms = $2 WHERE worker = $1 AND until_ms = $3"
                " RETURNING worker",
                worker,
                until,
                ids.valid_until_ms,
            )
        except TRANSIENT as error:
            logger.warning("the lease on worker number %d was not renewed: %r", worker, error)
            continue
        if renewed is None:
            logger.error("the lease on worker number %d is somebody else's now", worker)
            return
        ids.valid_until_ms = until


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
