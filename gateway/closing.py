"""Closing an account for good: in one transaction, with the event that says so."""

from msgspec import Struct

from gateway.accounts import delete_of, revoke_all
from gateway.media.uses import withdraw_all_of
from gateway.outbox import to_outbox
from projections.postgres import Connection, Pool
from schemas.events import UserErased


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
        tokens, keys, grants = await revoke_all(connection, user)
        rules = await _delete_rules(connection, user)
        if not await delete_of(connection, "accounts", user):
            return None
        retries, uploads = await _forget(connection, user)
        await to_outbox(connection, [event])
        return Closed(keys, tokens, grants, rules, retries, uploads)


async def forget(pool: Pool, user: int) -> None:
    """What a request that was let in before has left since the account was closed."""
    async with pool.acquire() as connection, connection.transaction():
        await _forget(connection, user)


async def _forget(connection: Connection, user: int) -> tuple[int, int]:
    retries = await delete_of(connection, "idempotency_keys", user)
    return retries, await withdraw_all_of(connection, user)


async def _delete_rules(connection: Connection, user: int) -> int:
    """By their set, as whoever changes them begins with it."""
    await connection.execute("SELECT FROM stream_rule_sets WHERE user_id = $1 FOR UPDATE", user)
    return await delete_of(connection, "stream_rules", user)
