"""Finding what the log and the accounts hold on a person."""

from contextlib import suppress
from typing import Any, NoReturn

from msgspec import Raw, Struct, json

from events.codec import UNREADABLE, Undecodable, decode
from events.reader import partitions
from gateway.accounts import PROFILE, Accounts
from gateway.media.rows import Rows, Upload
from gateway.oauth2.grants import Grants
from gateway.times import timestamp
from projections.postgres import Pool
from schemas.explained import Explained
from schemas.ids import MAX_ID, time_of
from schemas.topics import TOPICS
from streams.export.deeds import Deeds, deeds
from streams.naming import naming


class NoSuchUser(Explained):
    """Nobody has this name or id."""


class Fact(Struct, frozen=True):
    """An event whose actor the person is, as it stands in the log."""

    position: str
    event: Raw


class _Made(Struct):
    """What is read of events that this version cannot read otherwise."""

    actor: int
    event_id: int


_made = json.Decoder(_Made, strict=False)


class Holdings(Struct, frozen=True):
    """`uploads` are photos and videos that are kept or may still be attached."""

    account: dict[str, Any]
    deeds: Deeds
    facts: list[Fact]
    uploads: list[Upload]


async def gather(pool: Pool, bootstrap: str, who: str) -> Holdings:
    """Of the user with the name `who`, or with it as an id. Raises `NoSuchUser`."""
    user = await _user(Accounts(pool), who.removeprefix("@"))
    found = await naming(
        bootstrap, await partitions(bootstrap, [topic.name for topic in TOPICS]), user
    )
    events, facts = [], []
    for position, value in found:
        try:
            made = _made.decode(value)
        except UNREADABLE:
            continue
        if made.actor == user:
            facts.append((made.event_id, Fact(str(position), Raw(value))))
        with suppress(Undecodable):
            events.append(decode(value))
    return Holdings(
        await _account(pool, user),
        deeds(user, events),
        [fact for _, fact in sorted(facts, key=lambda one: one[0])],
        await Rows(pool).ready_of(user),
    )


async def _user(accounts: Accounts, who: str) -> int:
    named = await accounts.by_usernames([who])
    if not named and who.isdecimal() and int(who) <= MAX_ID:
        return next(iter(await accounts.by_ids([int(who)])), 0) or _nobody(who)
    return next((user.user_id for user in named.values()), 0) or _nobody(who)


def _nobody(who: str) -> NoReturn:
    raise NoSuchUser(f"there is no user {who}")


async def _account(pool: Pool, user: int) -> dict[str, Any]:
    """All but what opens the account: no hashes of passwords or tokens, and no signing keys."""
    row = await pool.fetchrow(f"SELECT {PROFILE}, email FROM accounts WHERE user_id = $1", user)
    tokens = await pool.fetch(
        "SELECT created_at FROM tokens WHERE user_id = $1 ORDER BY created_at", user
    )
    keys = await pool.fetch(
        "SELECT created_at FROM signing_keys WHERE user_id = $1 ORDER BY created_at", user
    )
    programs = await Grants(pool).of_user(user)
    rules = await pool.fetch(
        "SELECT value, tag FROM stream_rules WHERE user_id = $1 ORDER BY rule_id", user
    )
    account = dict(row or {})
    pinned = account.pop("pinned", None)
    return {
        "id": str(account.pop("user_id", user)),
        "created_at": timestamp(time_of(user)),
        **account,
        "pinned": None if pinned is None else str(pinned),
        "tokens": [{"created_at": row["created_at"]} for row in tokens],
        "signing_keys": [{"created_at": row["created_at"]} for row in keys],
        "programs": [
            {"name": one.name, "scope": one.scope, "created_at": one.created_at} for one in programs
        ],
        "stream_rules": [dict(row) for row in rules],
    }
