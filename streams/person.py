"""Whom a command means that is about a person: also whoever was erased."""

from collections.abc import Sequence

from msgspec import Struct

from events.codec import Undecodable, decode
from events.reader import partitions
from gateway.accounts import Accounts
from projections.postgres import Pool
from schemas.events import Event, ProfileChanged, UserErased, UserRegistered
from schemas.explained import Explained
from schemas.ids import MAX_ID
from schemas.topics import USERS
from streams.naming import holding


class NoSuchUser(Explained):
    """Nobody has this name or id, or had it when they were erased; or several had."""


class Person(Struct, frozen=True):
    """Without `username` the account is closed."""

    user_id: int
    username: str | None


async def find(pool: Pool, bootstrap: str, who: str) -> Person:
    """The user with the name `who`, or with it as an id; else whoever was erased and had it, as far
    as the log says. Raises `NoSuchUser`."""
    who, accounts = who.removeprefix("@"), Accounts(pool)
    number = int(who) if who.isdecimal() and int(who) <= MAX_ID else None
    by_name = list((await accounts.by_usernames([who])).values())
    known = by_name or list((await accounts.by_ids([] if number is None else [number])).values())
    if known:
        return Person(known[0].user_id, known[0].username)
    erased = await _erased(bootstrap)
    if number in erased:
        return Person(number, None)
    called = await _called(bootstrap, who, erased)
    if not called:
        raise NoSuchUser(f"there is no user {who}")
    if len(called) > 1:
        ids = ", ".join(map(str, sorted(called)))
        raise NoSuchUser(f"{who} is nobody any more, and was the name of several: {ids}")
    return Person(called.pop(), None)


async def _erased(bootstrap: str) -> set[int]:
    events = await _events(bootstrap, b"UserErased")
    return {event.user_id for event in events if isinstance(event, UserErased)}


async def _called(bootstrap: str, name: str, erased: set[int]) -> set[int]:
    """Those of the erased who ever had the user name, in whatever case."""
    if not erased:
        return set()
    return {
        event.user_id
        for event in await _events(bootstrap, b'"username"')
        if isinstance(event, UserRegistered | ProfileChanged)
        and event.user_id in erased
        and event.username.lower() == name.lower()
    }


async def _events(bootstrap: str, needle: bytes) -> Sequence[Event]:
    found = await holding(bootstrap, await partitions(bootstrap, [USERS.name]), needle)
    events = []
    for _, value in found:
        try:
            events.append(decode(value))
        except Undecodable:
            continue
    return events
