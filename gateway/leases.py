"""Leases on Snowflake worker numbers, kept in PostgreSQL.

A number that was leased before comes with a floor: its next holder makes no id for a time that
the last one may have used, wherever the clocks stand.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from events.clock import now_ms
from events.snowflake import WORKERS, Snowflakes
from events.tasks import cancel_all
from projections.postgres import TRANSIENT, Pool
from schemas.explained import Explained

logger = logging.getLogger(__name__)

LEASE_MS = 600_000
RENEW_SECONDS = 60.0
TRIES = 10


class NoWorkerNumber(Explained):
    """All worker numbers are leased."""


RETRIED: tuple[type[Exception], ...] = (*TRANSIENT, NoWorkerNumber)


@asynccontextmanager
async def leased_snowflakes(pool: Pool) -> AsyncIterator[Snowflakes]:
    """Ids that nobody else makes, for as long as the block runs. Raises `NoWorkerNumber`."""
    now = now_ms()
    worker = await _lease(pool, now)
    ids = Snowflakes(worker, floor_ms=now, valid_until_ms=now + LEASE_MS)
    renewal = asyncio.create_task(_keep(pool, ids))
    try:
        yield ids
    finally:
        await cancel_all([renewal])
        with suppress(*TRANSIENT):  # the lease then runs out by itself
            await _extend(pool, ids, ids.last_ms + 1)


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


async def _keep(pool: Pool, ids: Snowflakes) -> None:
    while True:
        await asyncio.sleep(RENEW_SECONDS)
        try:
            await renew(pool, ids)
        except RETRIED as error:
            logger.warning("the lease on worker number %d was not renewed: %r", ids.worker, error)


async def renew(pool: Pool, ids: Snowflakes) -> None:
    """Extends the lease, or takes another number when somebody else has this one by now."""
    now = now_ms()
    until = max(now, ids.last_ms) + LEASE_MS  # a clock that was set back leaves ids ahead of it
    if await _extend(pool, ids, until):
        ids.valid_until_ms = until
        return
    lost = ids.worker
    ids.move_to(await _lease(pool, now), floor_ms=now, valid_until_ms=now + LEASE_MS)
    logger.error("worker number %d is somebody else's now: took %d", lost, ids.worker)


async def _extend(pool: Pool, ids: Snowflakes, until: int) -> bool:
    """Whether the lease was still ours and now runs until then."""
    extended = await pool.fetchval(
        "UPDATE worker_leases SET until_ms = $2 WHERE worker = $1 AND until_ms = $3"
        " RETURNING worker",
        ids.worker,
        until,
        ids.valid_until_ms,
    )
    return extended is not None
