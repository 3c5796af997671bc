"""Closing an account for good: in one transaction, with the event that says so."""

from msgspec import Struct

from gateway.media.uses import withdraw_all_of
from gateway.outbox import to_outbox
from projections.postgres import Connection, Pool
from schemas.events import UserErased

_OPENS = (
    "signing_keys WHERE user_id = $1",
    "tokens WHERE user_id = $1",
    "grants WHERE user_id = $1",
)
"""In the order of `Accounts.revoke`, which waits for the same."""


class Closed(Struct, frozen=True):
    """How many there were; `uploads` are photos and videos, in tweets or not."""

    keys: int
    tokens: int
    grants: int
    stream_rules: int
    retries: int
    uploads: int


async def close(pool: Pool, event: UserErased) -> Closed | None:
    """None when there is no such account (any more).

    The row goes, and with it the user name, the e-mail address and all else that it holds: what
    is still under way for the account then finds none to refer to.
    """
    user = event.user_id
    async with pool.acquire() as connection, connection.transaction():
        keys, tokens, grants = [await _delete(connection, which, user) for which in _OPENS]
        rules = await _delete_rules(connection, user)
        if not await _delete(connection, "accounts WHERE user_id = $1", user):
            return None
        retries, uploads = await _forget(connection, user)
        await to_outbox(connection, [event])
        return Closed(keys, tokens, grants, rules, retries, uploads)


async def forget(pool: Pool, user: int) -> None:
    """What a request that was let in before has left since the account was closed."""
    async with pool.acquire() as connection, connection.transaction():
        await _forget(connection, user)


async def _forget(connection: Connection, user: int) -> tuple[int, int]:
    retries = await _delete(connection, "idempotency_keys WHERE user_id = $1", user)
    return retries, await withdraw_all_of(connection, user)


async def _delete_rules(connection: Connection, user: int) -> int:
    """By their set, as whoever changes them begins with it."""
    await connection.execute("SELECT FROM stream_rule_sets WHERE user_id = $1 FOR UPDATE", user)
    return await _delete(connection, "stream_rules WHERE user_id = $1", user)


async def _delete(connection: Connection, which: str, user: int) -> int:
    deleted: int = await connection.fetchval(
        f"WITH gone AS (DELETE FROM {which} RETURNING 1) SELECT count(*) FROM gone", user
    )
    return deleted
