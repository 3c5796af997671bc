"""The programs that users may let in, as the operator registered them."""

import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from gateway.accounts import new_secret, token_hash
from gateway.oauth2.redirects import must_be_usable
from projections.postgres import Pool
from schemas.explained import Explained
from schemas.profiles import ProfileRejected, checked_name

ID_BYTES = 16

COLUMNS = "client_id, name, redirect_uris, secret_hash, created_at"

_printable = re.compile("[!-~]{1,100}").fullmatch


class AppRefused(Explained):
    """It cannot be registered so."""


class App(Struct, frozen=True):
    """One with a `secret_hash` is confidential, and proves with its secret that it is itself."""

    client_id: str
    name: str
    redirect_uris: Sequence[str]
    secret_hash: bytes | None
    created_at: datetime

    @property
    def is_confidential(self) -> bool:
        return self.secret_hash is not None

    def is_proven(self, given: set[str]) -> bool:
        """Whether these secrets, of which there should be one or none, are the right ones."""
        if self.secret_hash is None:
            return not given
        return len(given) == 1 and hmac.compare_digest(token_hash("".join(given)), self.secret_hash)


class Apps:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def register(
        self, name: str, redirect_uris: Sequence[str], *, confidential: bool
    ) -> tuple[App, str | None]:
        """And the secret of a confidential one, which is shown once: only its hash is kept.

        Raises `AppRefused` and `RedirectRefused`.
        """
        if not redirect_uris:
            raise AppRefused("a program needs a redirect URI at least")
        for uri in redirect_uris:
            must_be_usable(uri)
        try:
            name = checked_name(name)
        except ProfileRejected as error:
            raise AppRefused(str(error)) from error
        secret = new_secret() if confidential else None
        row = await self._pool.fetchrow(
            "INSERT INTO apps (client_id, name, redirect_uris, secret_hash)"
            f" VALUES ($1, $2, $3, $4) RETURNING {COLUMNS}",
            secrets.token_hex(ID_BYTES),
            name,
            list(dict.fromkeys(redirect_uris)),
            token_hash(secret) if secret else None,
        )
        assert row is not None
        return App(**row), secret

    async def replace_secret(self, client_id: str) -> str | None:
        """The new one, of a program that has one; from now on only that is good. None where there
        is no such program."""
        secret = new_secret()
        done = await self._pool.fetchval(
            "UPDATE apps SET secret_hash = $2 WHERE client_id = $1 AND secret_hash IS NOT NULL"
            " RETURNING true",
            client_id,
            token_hash(secret),
        )
        return secret if done else None

    async def find(self, client_id: str) -> App | None:
        if not _printable(client_id):
            return None
        row = await self._pool.fetchrow(
            f"SELECT {COLUMNS} FROM apps WHERE client_id = $1", client_id
        )
        return None if row is None else App(**row)

    async def all(self) -> list[App]:
        rows = await self._pool.fetch(f"SELECT {COLUMNS} FROM apps ORDER BY created_at, client_id")
        return [App(**row) for row in rows]

    async def revoke(self, client_id: str) -> int | None:
        """The program, and all that it was let in for: how many times that was. None where there is
        no such program."""
        async with self._pool.acquire() as connection, connection.transaction():
            held = "SELECT FROM apps WHERE client_id = $1 FOR UPDATE"
            if await connection.fetchrow(held, client_id) is None:
                return None
            grants: int = await connection.fetchval(
                "SELECT count(*) FROM grants WHERE client_id = $1 AND exchanged", client_id
            )
            await connection.execute("DELETE FROM apps WHERE client_id = $1", client_id)
        return grants
