"""The relay: events that were written with their accounts, on their way to the log.

At least once, in order: a row leaves the outbox only after Kafka has its event.
"""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from events.codec import Undecodable, decode
from events.log import Log, LogOverloaded, LogUnavailable
from gateway.monitor import monitor
from gateway.outbox import OUTBOX_CHANNEL
from projections.postgres import TRANSIENT, Connection, Pool
from projections.stores import open_stores
from schemas.events import Event
from schemas.explained import Explained
from schemas.metrics import OUTBOX_EVENTS
from schemas.servers import Servers
from streams.pulse import Pulse

logger = logging.getLogger(__name__)

BATCH = 1_000
IDLE_SECONDS = 5.0
RETRY_SECONDS = 1.0
LOOK_SECONDS = 0.1
BRING_SECONDS = 60.0
WAITS: tuple[type[Exception], ...] = (*TRANSIENT, LogUnavailable, LogOverloaded, Undecodable)
"""The last is an event of a newer gateway. It waits for a newer relay, and all after it, so that
the log has them in order; meanwhile this one is not ready."""

RELAY_LOCK = 0x6F7574626F78  # "outbox": one relay at a time keeps the events of a user in order


class OutboxWaits(Explained):
    """What is in it does not come to the log in time."""


async def relay(servers: Servers, stop: asyncio.Event) -> None:
    """Empties the outbox, and again whenever something is put into it, until `stop` is set."""
    pulse = Pulse(["outbox"])
    async with (
        monitor(pulse.ready),
        open_stores(servers) as stores,
        Log(servers.kafka) as log,
    ):
        while not stop.is_set():
            try:
                await _relay_until(stop, stores.postgres, log, pulse)
            except WAITS as error:
                logger.warning("the outbox waits: %r", error)
                with suppress(TimeoutError):
                    async with asyncio.timeout(RETRY_SECONDS):
                        await stop.wait()


async def _relay_until(stop: asyncio.Event, pool: Pool, log: Log, pulse: Pulse) -> None:
    written = asyncio.Event()

    def notice(*_: object) -> None:
        written.set()

    async with pool.acquire() as connection:
        await connection.add_listener(OUTBOX_CHANNEL, notice)
        try:
            while not stop.is_set():
                written.clear()
                relayed = await relay_batch(connection, log)
                pulse.beat("outbox")
                if relayed:
                    continue
                await _either(stop, written)
        finally:
            if not connection.is_closed():
                await connection.remove_listener(OUTBOX_CHANNEL, notice)


async def relay_batch(connection: Connection, log: Log) -> int:
    """Brings the oldest rows to the log and returns how many; 0 when another relay is at it.

    Raises `Undecodable` when the very oldest is no event that this version can read.
    """
    async with connection.transaction():
        if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", RELAY_LOCK):
            return 0
        rows = await connection.fetch(
            "SELECT outbox_id, event FROM outbox ORDER BY outbox_id LIMIT $1", BATCH
        )
        events = _readable([row["event"] for row in rows])
        appends = (log.append(event) for event in events)
        for appended in await asyncio.gather(*appends, return_exceptions=True):
            if isinstance(appended, BaseException):  # none is under way any more: try all again
                raise appended
        relayed = [row["outbox_id"] for row in rows[: len(events)]]
        await connection.execute("DELETE FROM outbox WHERE outbox_id = ANY($1)", relayed)
        OUTBOX_EVENTS.inc(len(relayed))
        return len(relayed)


async def bring_all(pool: Pool, log: Log) -> None:
    """Brings to the log what is in the outbox now, or waits while a relay does. Raises
    `OutboxWaits`, and what `Log.append` raises."""
    async with pool.acquire() as connection:
        last = await connection.fetchval("SELECT max(outbox_id) FROM outbox")
        try:
            async with asyncio.timeout(BRING_SECONDS):
                while await connection.fetchval(
                    "SELECT EXISTS (SELECT FROM outbox WHERE outbox_id <= $1)", last
                ):
                    if not await relay_batch(connection, log):
                        await asyncio.sleep(LOOK_SECONDS)
        except (Undecodable, TimeoutError) as error:
            raise OutboxWaits(f"the outbox waits, see the log of its relay: {error!r}") from error


def _readable(values: Sequence[bytes]) -> list[Event]:
    """Those before the first that cannot be read. Raises `Undecodable` when there are none."""
    events: list[Event] = []
    for value in values:
        try:
            events.append(decode(value))
        except Undecodable:
            if not events:
                raise
            break
    return events


async def _either(*events: asyncio.Event) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(waits, timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
