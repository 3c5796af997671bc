"""What was decided under idempotency keys: kept before it is appended, and for a day."""

from collections.abc import Sequence

from msgspec import Struct

from events.codec import decode, encode
from events.positions import Position
from projections.postgres import Connection, Pool
from schemas.events import Event

FORGET_AFTER = "24 hours"
"""Nothing that was decided longer ago is appended."""

_OF_A_DAY = f"created_at > now() - interval '{FORGET_AFTER}'"


class Claim(Struct, frozen=True):
    """`positions` are None as long as it is not known whether the events are on the log."""

    fingerprint: bytes
    events: Sequence[Event]
    positions: Sequence[Position] | None


class Claims:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def is_on_the_log(self, user: int, key: str) -> bool | None:
        """As far as is known of what was decided under the key; None where nothing was."""
        found: bool | None = await self._pool.fetchval(
            "SELECT positions IS NOT NULL FROM idempotency_keys"
            f" WHERE user_id = $1 AND key = $2 AND {_OF_A_DAY}",
            user,
            key,
        )
        return found

    async def add(self, user: int, key: str, fingerprint: bytes, events: Sequence[Event]) -> bool:
        """False when the key is taken meanwhile."""
        status = await self._pool.execute(
            "INSERT INTO idempotency_keys AS old (user_id, key, fingerprint, events)"
            " VALUES ($1, $2, $3, $4) ON CONFLICT (user_id, key) DO UPDATE"
            " SET fingerprint = $3, events = $4, positions = NULL, created_at = now()"
            f" WHERE NOT old.{_OF_A_DAY}",
            user,
            key,
            fingerprint,
            _written(events),
        )
        return bool(status == "INSERT 0 1")

    async def locked(self, connection: Connection, user: int, key: str) -> Claim | None:
        """Until the transaction of this connection ends nobody else has it."""
        found = await connection.fetchrow(
            "SELECT fingerprint, events, positions FROM idempotency_keys"
            f" WHERE user_id = $1 AND key = $2 AND {_OF_A_DAY} FOR UPDATE",
            user,
            key,
        )
        if found is None:
            return None
        places = found["positions"]
        return Claim(
            found["fingerprint"],
            [decode(line) for line in found["events"].split(b"\n")] if found["events"] else [],
            None if places is None else [Position.parse(place) for place in places],
        )

    async def appended(
        self,
        connection: Connection,
        user: int,
        key: str,
        events: Sequence[Event],
        positions: Sequence[Position],
    ) -> None:
        """From now on a retry is answered with these."""
        await connection.execute(
            "UPDATE idempotency_keys SET events = $3, positions = $4"
            " WHERE user_id = $1 AND key = $2",
            user,
            key,
            _written(events),
            [str(position) for position in positions],
        )

    async def forget_old(self) -> None:
        await self._pool.execute(f"DELETE FROM idempotency_keys WHERE NOT {_OF_A_DAY}")


def _written(events: Sequence[Event]) -> bytes:
    return b"\n".join(encode(event) for event in events)
