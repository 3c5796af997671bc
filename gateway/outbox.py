"""Events written with the rows they speak of; `streams/outbox.py` brings them to the log."""

from collections.abc import Iterable

from events.codec import encode
from projections.postgres import Connection
from schemas.events import Event

OUTBOX_CHANNEL = "outbox"


async def to_outbox(connection: Connection, events: Iterable[Event]) -> None:
    """Within the transaction of the rows."""
    await connection.copy_records_to_table(
        "outbox", records=[(encode(event),) for event in events], columns=["event"]
    )
    await connection.execute("SELECT pg_notify($1, '')", OUTBOX_CHANNEL)
