"""What users let programs in for: from the code that begins it to the command that ends it."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from gateway.accounts import token_hash
from gateway.oauth2.asked import Asked
from projections.postgres import Pool

CODE_SECONDS = 600.0
CODE_BYTES = 32
ENDED_SECONDS = 86_400.0
"""For so long an access token is known after its end: a program that brings it does not guess."""


class Grant(Struct, frozen=True):
    """A program that a user let in, and for what."""

    client_id: str
    name: str
    scope: str
    created_at: datetime


class Grants:
    """A grant goes by the SHA-256 of the code that began it. What is issued under it ends with
    it, and it ends with its user, with its program, and within a day after nothing of it is good
    any more."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def owner_of(self, hashed: bytes) -> int | None:
        """The user of a token of their own. One that a program was given lets no program in: it
        could let itself in for more."""
        found: int | None = await self._pool.fetchval(
            "SELECT user_id FROM tokens WHERE token_hash = $1", hashed
        )
        return found

    async def begin(self, asked: Asked, hashed: bytes) -> str | None:
        """The code of a new grant by the owner of that token, or None when that or the program was
        revoked.

        A revocation that goes on waits until the grant is there, and then ends it.
        """
        code = secrets.token_urlsafe(CODE_BYTES)
        found: int | None = await self._pool.fetchval(
            "WITH owner AS (SELECT user_id FROM tokens, apps"
            " WHERE token_hash = $1 AND client_id = $3 FOR KEY SHARE),"
            " begun AS (INSERT INTO grants"
            " (grant_id, client_id, user_id, redirect_uri, challenge, scope)"
            " SELECT $2, $3, user_id, $4, $5, $6 FROM owner)"
            " SELECT user_id FROM owner",
            hashed,
            token_hash(code),
            asked.by.app.client_id,
            asked.by.redirect_uri,
            asked.challenge,
            asked.scope,
        )
        return None if found is None else code

    async def of_user(self, user_id: int) -> Sequence[Grant]:
        """Oldest first."""
        rows = await self._pool.fetch(
            "SELECT client_id, name, scope, grants.created_at FROM grants JOIN apps"
            " USING (client_id) WHERE user_id = $1 AND exchanged ORDER BY grants.created_at",
            user_id,
        )
        return [Grant(**row) for row in rows]

    async def revoke(self, user_id: int, client_id: str) -> int:
        """All that the user let this program in for; how many times that was."""
        done: list[bool] = [
            row["exchanged"]
            for row in await self._pool.fetch(
                "DELETE FROM grants WHERE user_id = $1 AND client_id = $2 RETURNING exchanged",
                user_id,
                client_id,
            )
        ]
        return sum(done)

    async def forget_expired(self) -> None:
        """Removes what is good no more."""
        await self._pool.execute(
            "DELETE FROM access_tokens WHERE expires_at < now() - $1::interval",
            timedelta(seconds=ENDED_SECONDS),
        )
        await self._pool.execute("DELETE FROM refresh_tokens WHERE expires_at < now()")
        await self._pool.execute(
            "DELETE FROM grants WHERE created_at < now() - $1::interval AND NOT EXISTS"
            " (SELECT FROM access_tokens issued WHERE issued.grant_id = grants.grant_id)"
            " AND NOT EXISTS"
            " (SELECT FROM refresh_tokens issued WHERE issued.grant_id = grants.grant_id)",
            timedelta(seconds=CODE_SECONDS),
        )
