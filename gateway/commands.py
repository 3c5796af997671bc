"""From a decision to an event on the log, once for each idempotency key."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

from aiohttp import web
from msgspec import Struct

from events.codec import decode, encode
from events.log import Log, LogUnavailable
from events.positions import Position
from gateway.problems import Problem, invalid
from projections.postgres import Pool
from schemas.events import Event

Decide = Callable[[], Awaitable[Event]]

KEY_LENGTH = 255
FORGET_AFTER = "24 hours"
AT_ONCE = 4
"""Keyed appends under way: each holds a connection, and other requests need some too."""


class Published(Struct, frozen=True):
    event: Event
    position: Position


class Commands:
    def __init__(self, pool: Pool, log: Log) -> None:
        self._pool = pool
        self._log = log
        self._appending = asyncio.Semaphore(AT_ONCE)

    async def publish(self, request: web.Request, user: int, decide: Decide) -> Published:
        """Appends what `decide` decides and returns it with its place in the log.

        With an `Idempotency-Key`, the first decision under a key is kept before it is appended,
        so that a retry, whatever became of the first try, appends the same event or none.
        Raises a 422 `Problem` when the key was used for another request, and what `Log.append`
        raises.
        """
        key = request.headers.get("Idempotency-Key")
        if key is None:
            event = await self._decided(decide)
            return Published(event, await self._log.append(event))
        if not (0 < len(key) <= KEY_LENGTH and key.isascii() and key.isprintable()):
            raise invalid(f"Idempotency-Key must have 1 to {KEY_LENGTH} printable ASCII characters")
        fingerprint = await _fingerprint(request)
        if not await self._is_claimed(user, key):
            await self._claim(user, key, fingerprint, await self._decided(decide))
        return await self._complete(user, key, fingerprint)

    async def forget_old_keys(self) -> None:
        await self._pool.execute(
            f"DELETE FROM idempotency_keys WHERE created_at < now() - interval '{FORGET_AFTER}'"
        )

    async def _decided(self, decide: Decide) -> Event:
        """Nothing is looked up for a decision that could not be appended anyway."""
        if not self._log.available:
            raise LogUnavailable("Kafka is away")
        return await decide()

    async def _is_claimed(self, user: int, key: str) -> bool:
        found = await self._pool.fetchval(
            "SELECT 1 FROM idempotency_keys WHERE user_id = $1 AND key = $2", user, key
        )
        return found is not None

    async def _claim(self, user: int, key: str, fingerprint: bytes, event: Event) -> None:
        await self._pool.execute(
            "INSERT INTO idempotency_keys (user_id, key, fingerprint, event)"
            " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            user,
            key,
            fingerprint,
            encode(event),
        )

    async def _complete(self, user: int, key: str, fingerprint: bytes) -> Published:
        async with (
            self._appending,
            self._pool.acquire() as connection,
            connection.transaction(),
        ):
            claim = await connection.fetchrow(
                "SELECT fingerprint, event, position FROM idempotency_keys"
                " WHERE user_id = $1 AND key = $2 FOR UPDATE",
                user,
                key,
            )
            if claim is None:
                raise Problem(409, "Conflict", f"the Idempotency-Key {key!r} has just expired")
            if claim["fingerprint"] != fingerprint:
                raise Problem(
                    422, "Unprocessable Content", f"Idempotency-Key {key!r} was another request's"
                )
            event = decode(claim["event"])
            if claim["position"] is not None:
                return Published(event, Position.parse(claim["position"]))
            position = await self._log.append(event)
            await connection.execute(
                "UPDATE idempotency_keys SET position = $3 WHERE user_id = $1 AND key = $2",
                user,
                key,
                str(position),
            )
            return Published(event, position)


async def _fingerprint(request: web.Request) -> bytes:
    said = f"{request.method} {request.path}\n".encode() + await request.read()
    return hashlib.sha256(said).digest()
