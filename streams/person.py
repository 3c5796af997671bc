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
    """Nobody has this name or id, or had it when they were erased; or several have or had it."""


class Person(Struct, frozen=True):
    """Without `username` the account is closed."""

    user_id: int
    username: str | None


async def find(pool: Pool, bootstrap: str, who: str) -> Person:
    """The user with the name `who`, or with it as an id; else whoever was erased and had it, as far
    as the log says. So a name that was free for a while means nobody unasked. An id may also be of
    somebody whose account was lost, and not the log. Raises `NoSuchUser`.
    """
    who, accounts = who.removeprefix("@"), Accounts(pool)
    number = int(who) if who.isdecimal() and int(who) <= MAX_ID else None
    by_name = list((await accounts.by_usernames([who])).values())
    if not by_name and number is not None:
        for user in (await accounts.by_ids([number])).values():
            return Person(user.user_id, user.username)
    if not by_name and number is not None and await _has_registered(bootstrap, number):
        return Person(number, None)
    erased = await _erased(bootstrap)
    now = {user.user_id: user.username for user in by_name}
    called = now.keys() | await _called(bootstrap, who, erased)
    if not called:
        raise NoSuchUser(f"there is no user {who}")
    if len(called) > 1:
        ids = " and ".join(map(str, sorted(called)))
        raise NoSuchUser(f"{who} is, or was, the name of the users {ids}: say which by the id")
    (user_id,) = called
    return Person(user_id, now.get(user_id))


async def _has_registered(bootstrap: str, user: int) -> bool:
    events = await _events(bootstrap, f'"{user}"'.encode())
    return any(isinstance(event, UserRegistered) and event.user_id == user for event in events)


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
