"""From a decision to an event on the log, once for each idempotency key."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace
from multidict import istr

from events.log import NOT_SENT, Log, LogAway
from events.positions import Position
from gateway.claims import Claims
from gateway.problems import Problem, invalid
from gateway.turns import Turns
from projections.postgres import Pool
from schemas.events import Event

Decide = Callable[[], Awaitable[Event]]
DecideAll = Callable[[], Awaitable[Sequence[Event]]]
Undo = Callable[[Event], Awaitable[None]]

KEY = istr("Idempotency-Key")
KEY_LENGTH = 255

AT_ONCE = 4
"""Keyed appends under way: each holds a connection, and other requests need some too."""

TURN_SECONDS = 4.5
"""Waiting for one's turn, looking and writing together take no longer."""


class Published(Struct, frozen=True):
    event: Event
    position: Position


class Commands:
    def __init__(self, pool: Pool, log: Log) -> None:
        self._pool = pool
        self._claims = Claims(pool)
        self._log = log
        self._appending = asyncio.Semaphore(AT_ONCE)
        self._turns = Turns()

    async def publish(
        self,
        request: web.Request,
        user: int,
        decide: Decide,
        undo: Undo | None = None,
        *,
        repeatable: bool = False,
    ) -> Published:
        """As `publish_all`, for a decision of one event.

        `undo` takes back what was done for an event that is not on the log and never will be, as
        far as that is known: it was not sent, or another decision stands under the key.
        """
        if KEY not in request.headers:
            self._check_log()
            event = await decide()
            try:
                return Published(event, await self._log.append(event))
            except NOT_SENT:
                if undo is not None:
                    await undo(event)
                raise

        async def decide_one() -> Sequence[Event]:
            return (await decide(),)

        (published,) = await self.publish_all(
            request, user, decide_one, undo, repeatable=repeatable
        )
        return published

    async def publish_in_turn(self, request: web.Request, user: int, decide: Decide) -> Published:
        """As `publish`, where a decision looks at what the user's decisions before have led to:
        in one gateway, one after the other. Raises `TimeoutError` after `TURN_SECONDS`."""
        async with asyncio.timeout(TURN_SECONDS), self._turns.of(user):
            return await self.publish(request, user, decide)

    async def publish_all(
        self,
        request: web.Request,
        user: int,
        decide: DecideAll,
        undo: Undo | None = None,
        *,
        repeatable: bool = False,
    ) -> list[Published]:
        """Appends what `decide` decides, in order, and returns it with its places in the log.

        With an `Idempotency-Key`, the first decision under a key is kept before it is appended,
        so that a retry, whatever became of the first try, appends the same events or none. What is
        `repeatable`, twice as good as once, is decided anew by a retry, unless it is known to be on
        the log, and may be something else, or refused, now.
        Raises a 422 `Problem` when the key was used for another request, and what `Log.append`
        raises; the events before the one that failed may then be on the log.
        """
        key = request.headers.get(KEY)
        if key is None:
            return await self._append(await self._decided(decide))
        if not (0 < len(key) <= KEY_LENGTH and key.isascii() and key.isprintable()):
            raise invalid(f"Idempotency-Key must have 1 to {KEY_LENGTH} printable ASCII characters")
        fingerprint = await _fingerprint(request)
        anew: Sequence[Event] | None = None
        match await self._claims.is_on_the_log(user, key):
            case None:
                events = await self._decided(decide)
                if not await self._claims.add(user, key, fingerprint, events) and undo is not None:
                    for event in events:
                        await undo(event)
            case False if repeatable:
                anew = await self._decided(decide)
        return await self._complete(user, key, fingerprint, anew)

    async def forget_old_keys(self) -> None:
        await self._claims.forget_old()

    async def _append(self, events: Sequence[Event]) -> list[Published]:
        return [Published(event, await self._log.append(event)) for event in events]

    async def _decided(self, decide: DecideAll) -> Sequence[Event]:
        self._check_log()
        return await decide()

    def _check_log(self) -> None:
        """Nothing is looked up for a decision that could not be appended anyway."""
        if not self._log.available:
            raise LogAway("Kafka is away")

    async def _complete(
        self, user: int, key: str, fingerprint: bytes, anew: Sequence[Event] | None
    ) -> list[Published]:
        """Appends what stands under the key and is not known to be on the log, or what was decided
        `anew`, where that is something else."""
        async with (
            self._appending,
            self._pool.acquire() as connection,
            connection.transaction(),
        ):
            claim = await self._claims.locked(connection, user, key)
            if claim is None:
                raise Problem(409, "Conflict", f"the Idempotency-Key {key!r} has just expired")
            if claim.fingerprint != fingerprint:
                raise Problem(
                    422, "Unprocessable Content", f"Idempotency-Key {key!r} was another request's"
                )
            events = claim.events
            if claim.positions is not None:
                return [Published(*each) for each in zip(events, claim.positions, strict=True)]
            if anew is not None and not _same(events, anew):
                events = anew
            published = await self._append(events)
            places = [written.position for written in published]
            await self._claims.appended(connection, user, key, events, places)
            return published


def _same(before: Sequence[Event], after: Sequence[Event]) -> bool:
    """Whether two decisions differ in nothing but their ids and times."""
    return len(before) == len(after) and all(
        type(old) is type(new)
        and old == replace(new, event_id=old.event_id, at=old.at, request_id=old.request_id)
        for old, new in zip(before, after, strict=True)
    )


async def _fingerprint(request: web.Request) -> bytes:
    said = f"{request.method} {request.path}\n".encode() + await request.read()
    return hashlib.sha256(said).digest()
