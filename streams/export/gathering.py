"""Finding what the log and the accounts hold on a person."""

from contextlib import suppress
from typing import Any

from msgspec import Raw, Struct

from events.codec import Undecodable, decode
from events.reader import partitions
from gateway.accounts import PROFILE
from gateway.media.rows import Rows, Upload
from gateway.oauth2.grants import Grants
from gateway.times import timestamp
from projections.postgres import Pool
from schemas.ids import time_of
from schemas.topics import TOPICS
from streams.export.deeds import Deeds, deeds
from streams.naming import made, naming
from streams.person import find


class Fact(Struct, frozen=True):
    """An event whose actor the person is, as it stands in the log."""

    position: str
    event: Raw


class Holdings(Struct, frozen=True):
    """`uploads` are photos and videos that are kept or may still be attached."""

    account: dict[str, Any]
    deeds: Deeds
    facts: list[Fact]
    uploads: list[Upload]


async def gather(pool: Pool, bootstrap: str, who: str) -> Holdings:
    """Of the user with the name `who`, or with it as an id, or what is left of whoever was erased.
    Raises `NoSuchUser`."""
    user = (await find(pool, bootstrap, who)).user_id
    found = await naming(
        bootstrap, await partitions(bootstrap, [topic.name for topic in TOPICS]), user
    )
    events, facts = [], []
    for position, value in found:
        by = made(value)
        if by is None:
            continue
        if by.actor == user:
            facts.append((by.event_id, Fact(str(position), Raw(value))))
        with suppress(Undecodable):
            events.append(decode(value))
    done = deeds(user, events)
    return Holdings(
        await _account(pool, user) | ({"erased_at": done.erased_at} if done.erased_at else {}),
        done,
        [fact for _, fact in sorted(facts, key=lambda one: one[0])],
        await Rows(pool).ready_of(user),
    )


async def _account(pool: Pool, user: int) -> dict[str, Any]:
    """All but what opens the account: no hashes of passwords or tokens, and no signing keys.

    Of whoever was erased next to nothing; `username` is None then.
    """
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
        "username": None,
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
