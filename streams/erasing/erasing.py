"""Closing an account and undoing what was done with it, until nothing of it stands.

Whatever ends this, it goes on where it is begun again: the log says what is left.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

from msgspec import Struct

from events.clock import now_ms
from events.log import APPEND_SECONDS, Log
from events.snowflake import Snowflakes
from gateway.closing import Closed, close, forget
from gateway.facts import Fact
from gateway.failures import REQUEST_SECONDS
from gateway.leases import leased_snowflakes
from gateway.tokens import REMEMBER_SECONDS
from projections.stores import Stores
from schemas.events import UserErased
from schemas.explained import Explained
from streams.erasing.looking import Look, look
from streams.erasing.standing import Kind, Undoing
from streams.outbox import bring_all
from streams.person import Person, find

LET_IN_SECONDS = REMEMBER_SECONDS + REQUEST_SECONDS + APPEND_SECONDS
"""For so long after an account was closed, a request that was let in before may still append."""

CLOSING_SECONDS = 10.0
"""Between the time that the event says and the end of the transaction that it is in."""

LOOKS = 10
AT_ONCE = 500
REQUEST_ID = "user erase"

Advance = Callable[[str, int, int], None]
"""Called with what is undone, how many are done and how many there are."""


class StillActing(Explained):
    """Something new of an erased person came to the log again and again."""


class Erased(Struct, frozen=True):
    """`closed` is None where the account was closed before. `undone` has only what there was."""

    user_id: int
    closed: Closed | None
    undone: dict[Kind, int]
    last: Look


async def whom(stores: Stores, bootstrap: str, who: str) -> Person:
    """As `find`, and whoever was erased just now: the event may be on its way to the log yet."""
    async with Log(bootstrap) as log:
        await bring_all(stores.postgres, log)
    return await find(stores.postgres, bootstrap, who)


async def erase(
    stores: Stores,
    bootstrap: str,
    user: int,
    advance: Advance,
) -> Erased:
    """Raises `StillActing`, `LogUnavailable`, and what the stores raise."""
    undone: Counter[Kind] = Counter()
    async with leased_snowflakes(stores.postgres) as ids, Log(bootstrap) as log:
        closed = await close(stores.postgres, UserErased(**_fact(ids, user), user_id=user))
        closed_at = now_ms() if closed else None
        await bring_all(stores.postgres, log)
        for _ in range(LOOKS):
            looked = now_ms()
            found = await look(bootstrap, user)
            if closed is None and found.erased_at is None:  # the account was lost, not the log
                await log.append(UserErased(**_fact(ids, user), user_id=user))
            settled = (closed_at or _closed_by(found)) + round(LET_IN_SECONDS * 1_000)
            if found.standing:
                await _append(log, ids, user, found.standing, advance)
                undone.update(undoing.what for undoing in found.standing)
            elif looked >= settled:
                await forget(stores.postgres, user)
                return Erased(user, closed, dict(undone), found)
            await asyncio.sleep(max(0, settled - now_ms()) / 1_000)
    raise StillActing(f"user {user} is still doing things: look for who has their token")


async def _append(
    log: Log, ids: Snowflakes, user: int, undoings: Sequence[Undoing], advance: Advance
) -> None:
    for start in range(0, len(undoings), AT_ONCE):
        some = undoings[start : start + AT_ONCE]
        events = [one.kind(**_fact(ids, user), **one.fields) for one in some]
        appends = (log.append(event) for event in events)
        for appended in await asyncio.gather(*appends, return_exceptions=True):
            if isinstance(appended, BaseException):  # none is under way any more
                raise appended
        advance("undone", start + len(some), len(undoings))


def _closed_by(found: Look) -> int:
    """As far as the log says."""
    return 0 if found.erased_at is None else found.erased_at + round(CLOSING_SECONDS * 1_000)


def _fact(ids: Snowflakes, user: int) -> Fact:
    return Fact(event_id=ids.next(), at=now_ms(), actor=user, request_id=REQUEST_ID)
