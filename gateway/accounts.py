"""Accounts and their credentials: what is not rebuilt from the log.

An account and its event are written in one transaction; the relay in `streams/outbox.py` brings
the event to the log. E-mail addresses and password hashes stay here.
"""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple

import asyncpg
from argon2 import PasswordHasher
from msgspec import Struct

from events.snowflake import Snowflakes
from gateway.callers import Caller
from gateway.outbox import to_outbox
from projections.postgres import Connection, Pool
from schemas.events import UserRegistered
from schemas.explained import Explained
from schemas.ids import time_of
from schemas.profiles import ProfileRejected, checked_name
from schemas.scopes import scopes_in
from schemas.users import User

USERNAME = re.compile(r"[A-Za-z0-9_]{1,15}")
SECRET_BYTES = 32
PROFILE = "user_id, username, name, description, location, url, protected, pinned"
"""The columns of an account that others may see."""

_hasher = PasswordHasher()


class UsernameTaken(Explained):
    """Somebody has this name already, in whatever case."""


class UsernameInvalid(Explained):
    """Not 1 to 15 letters, digits and underscores."""


class NameInvalid(Explained):
    """Not what a profile may say."""


class Registration(Struct, frozen=True, kw_only=True):
    username: str
    name: str
    email: str | None = None
    password: str | None = None


class Revoked(NamedTuple):
    """How many tokens, sets of keys and grants there were."""

    tokens: int
    keys: int
    grants: int


class Accounts:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def register(self, registration: Registration, ids: Snowflakes, request_id: str) -> User:
        """Raises `UsernameInvalid`, `NameInvalid` or `UsernameTaken`."""
        password = registration.password
        hashed = None if password is None else await asyncio.to_thread(_hasher.hash, password)
        (user,) = await self.register_all([registration], ids, request_id, hashed=hashed)
        return user

    async def register_all(
        self,
        registrations: Sequence[Registration],
        ids: Snowflakes,
        request_id: str,
        *,
        hashed: str | None = None,
    ) -> list[User]:
        """All of them or none. Their passwords must be hashed by the caller."""
        for registration in registrations:
            if not USERNAME.fullmatch(registration.username):
                raise UsernameInvalid(
                    f"{registration.username!r} is not 1 to 15 letters, digits and underscores"
                )
        users = []
        for registration in registrations:
            user_id, name = ids.next(), _shown(registration.name)
            users.append(User(user_id, registration.username, name, time_of(user_id)))
        async with self._pool.acquire() as connection, connection.transaction():
            try:
                await connection.copy_records_to_table(
                    "accounts",
                    records=[
                        (user.user_id, user.username, user.name, registration.email, hashed)
                        for user, registration in zip(users, registrations, strict=True)
                    ],
                    columns=["user_id", "username", "name", "email", "password_hash"],
                )
            except asyncpg.UniqueViolationError as error:
                taken = str(error.detail).rpartition("=(")[2].partition(")")[0]
                raise UsernameTaken(f"the user name {taken} is taken") from error
            await to_outbox(
                connection, [_registered(user, ids.next(), request_id) for user in users]
            )
        return users

    async def issue_token(self, user_id: int) -> str:
        """A new bearer token. It is shown once: only its hash is kept."""
        token = new_secret()
        await self._pool.execute(
            "INSERT INTO tokens (token_hash, user_id) VALUES ($1, $2)", token_hash(token), user_id
        )
        return token

    async def revoke(self, user_id: int) -> Revoked:
        async with self._pool.acquire() as connection, connection.transaction():
            return await revoke_all(connection, user_id)

    async def caller_of_token(self, hashed: bytes) -> Caller | None:
        row = await self._pool.fetchrow(
            "SELECT user_id, NULL AS scope, NULL AS client_id FROM tokens WHERE token_hash = $1"
            " UNION ALL SELECT user_id, access_tokens.scope, client_id"
            " FROM access_tokens JOIN grants USING (grant_id)"
            " WHERE token_hash = $1 AND expires_at > now()",
            hashed,
        )
        if row is None:
            return None
        scope = row["scope"]
        scopes = None if scope is None else scopes_in(scope)
        return Caller(row["user_id"], scopes, row["client_id"])

    async def has_ended(self, hashed: bytes) -> bool:
        """Whether it is that of a program's token which was good, and whose time is over."""
        found: bool = await self._pool.fetchval(
            "SELECT EXISTS (SELECT FROM access_tokens WHERE token_hash = $1"
            " AND expires_at <= now())",
            hashed,
        )
        return found

    async def by_ids(self, user_ids: Iterable[int]) -> dict[int, User]:
        rows = await self._pool.fetch(
            f"SELECT {PROFILE} FROM accounts WHERE user_id = ANY($1)", list(user_ids)
        )
        return {row["user_id"]: user_in(row) for row in rows}

    async def by_usernames(self, usernames: Iterable[str]) -> dict[str, User]:
        """By lower-case name."""
        rows = await self._pool.fetch(
            f"SELECT {PROFILE} FROM accounts WHERE lower(username) = ANY($1)",
            [username.lower() for username in usernames],
        )
        return {row["username"].lower(): user_in(row) for row in rows}

    async def renamed(self, within: timedelta, limit: int) -> list[User]:
        """Those who changed their user name or name so short a time ago, the last ones first."""
        rows = await self._pool.fetch(
            f"SELECT {PROFILE} FROM accounts WHERE renamed_at > now() - $1::interval"
            " ORDER BY renamed_at DESC LIMIT $2",
            within,
            limit,
        )
        return [user_in(row) for row in rows]

    async def protected_among(self, user_ids: Iterable[int]) -> set[int]:
        """Whoever has no account any more is: until all they said is gone, nobody new sees it."""
        rows = await self._pool.fetch(
            "SELECT user_id FROM unnest($1::bigint[]) AS asked (user_id)"
            " LEFT JOIN accounts USING (user_id) WHERE coalesce(protected, true)",
            list(user_ids),
        )
        return {row["user_id"] for row in rows}


async def revoke_all(connection: Connection, user_id: int) -> Revoked:
    """All that opens the user's account.

    Keys go first, and grants last: until a token that was just made from keys is there, or a grant
    that was just given with a token, this waits for it.
    """
    keys, tokens, grants = [
        await delete_of(connection, table, user_id)
        for table in ("signing_keys", "tokens", "grants")
    ]
    return Revoked(tokens, keys, grants)


async def delete_of(connection: Connection, table: str, user_id: int) -> int:
    """How many rows of the user there were."""
    deleted: int = await connection.fetchval(
        f"WITH gone AS (DELETE FROM {table} WHERE user_id = $1 RETURNING 1)"
        " SELECT count(*) FROM gone",
        user_id,
    )
    return deleted


def new_secret() -> str:
    """A token, or what else opens something: nobody guesses it."""
    return f"birdlog_{secrets.token_urlsafe(SECRET_BYTES)}"


def token_hash(token: str) -> bytes:
    """SHA-256 is enough for a token of 256 random bits."""
    return hashlib.sha256(token.encode()).digest()


def _shown(name: str) -> str:
    """As it is kept. Raises `NameInvalid`."""
    try:
        return checked_name(name)
    except ProfileRejected as error:
        raise NameInvalid(str(error)) from error


def _registered(user: User, event_id: int, request_id: str) -> UserRegistered:
    return UserRegistered(
        event_id=event_id,
        at=user.created_at,
        actor=user.user_id,
        request_id=request_id,
        user_id=user.user_id,
        username=user.username,
        name=user.name,
    )


def user_in(row: "asyncpg.Record") -> User:
    """The user in a row of the columns `PROFILE`."""
    return User(created_at=time_of(row["user_id"]), **row)
