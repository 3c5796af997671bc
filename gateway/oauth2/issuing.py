"""Tokens for codes and for refresh tokens: each is good once.

Whoever comes second with one may be the thief or the robbed; nobody can tell, so that all that was
given under the grant ends, and the user is asked anew.
"""

import logging
from datetime import timedelta
from typing import Any

from msgspec import Struct

from gateway.accounts import new_secret, token_hash
from gateway.oauth2.apps import App
from gateway.oauth2.challenges import is_answered
from gateway.oauth2.grants import CODE_SECONDS
from gateway.oauth2.refusals import Refused
from projections.postgres import Connection, Pool
from schemas.scopes import OFFLINE, scopes_in

ACCESS_SECONDS = 7_200
REFRESH_SECONDS = 180 * 86_400
RETRY_SECONDS = 10.0
"""For so long a refresh token that was used is taken again: an answer may have been lost, or two
threads of a program came at once."""

MOST_OF_A_GRANT = 100
"""So many refresh tokens that were used are kept, the newest, and as many that were not. An older
one is not known any more: it gives nothing, but ends nothing either."""

KEPT_SECONDS = 86_400.0
"""Refresh tokens of the last day are kept beyond these: a thief could refresh so often that the one
that was stolen is not known any more when it is used again."""

logger = logging.getLogger(__name__)

_GRANT = "grant_id, client_id, user_id, redirect_uri, challenge, scope, exchanged"
_OF_CODE = "SELECT $1::bytea"
_OF_REFRESH_TOKEN = "SELECT grant_id FROM refresh_tokens WHERE token_hash = $1"  # noqa: S105


class Issued(Struct, frozen=True):
    access_token: str
    refresh_token: str | None
    scope: str


class WrongVerifier(Refused):
    """Somebody has the code, but did not ask for it; or guesses."""

    def __init__(self) -> None:
        super().__init__("invalid_grant", "code_verifier is not that of code_challenge")


class Issuing:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def owner_of(self, secret: str) -> int | None:
        """The user whose code or refresh token it is, whether it is still good or not."""
        found: int | None = await self._pool.fetchval(
            "SELECT user_id FROM grants WHERE grant_id = $1 UNION ALL SELECT user_id"
            " FROM grants JOIN refresh_tokens USING (grant_id) WHERE token_hash = $1",
            token_hash(secret),
        )
        return found

    async def exchange(self, app: App, code: str, redirect_uri: str, verifier: str) -> Issued:
        """Tokens for a code. Raises `Refused`, one of them a `WrongVerifier`."""
        async with self._pool.acquire() as connection, connection.transaction():
            grant = await _held(connection, app, _OF_CODE, token_hash(code), "code")
            if not grant["exchanged"]:
                fresh = await connection.fetchval(
                    "UPDATE grants SET exchanged = true WHERE grant_id = $1"
                    " RETURNING created_at > now() - $2::interval",
                    grant["grant_id"],
                    timedelta(seconds=CODE_SECONDS),
                )
                if not fresh:
                    raise Refused("invalid_grant", "this code has expired")
                if redirect_uri != grant["redirect_uri"]:
                    raise Refused("invalid_grant", "redirect_uri is not the one it was asked with")
                if not is_answered(grant["challenge"], verifier):
                    raise WrongVerifier
                return await _issue(connection, grant, grant["scope"])
            await _end(connection, grant, "code")
        raise Refused("invalid_grant", "this code was used before: what it gave is revoked")

    async def refresh(self, app: App, token: str, scope: str) -> Issued:
        """Tokens for a refresh token; for less than was granted where a `scope` says so.

        Raises `Refused`.
        """
        hashed, less = token_hash(token), " ".join(dict.fromkeys(scope.split()))
        async with self._pool.acquire() as connection, connection.transaction():
            grant = await _held(connection, app, _OF_REFRESH_TOKEN, hashed, "refresh token")
            if not scopes_in(less) <= scopes_in(grant["scope"]):
                raise Refused("invalid_scope", "scope is more than the user let it in for")
            found = await connection.fetchrow(
                "SELECT expires_at > now() AS fresh, used_at IS NULL"
                " OR used_at + $2::interval > clock_timestamp() AS first"
                " FROM refresh_tokens WHERE token_hash = $1",
                hashed,
                timedelta(seconds=RETRY_SECONDS),
            )
            if found is None or not found["fresh"]:
                raise Refused("invalid_grant", "this refresh token has expired")
            if found["first"]:
                await connection.execute(
                    "UPDATE refresh_tokens SET used_at = coalesce(used_at, clock_timestamp())"
                    " WHERE token_hash = $1",
                    hashed,
                )
                await _forget_oldest(connection, grant)
                return await _issue(connection, grant, less or grant["scope"])
            await _end(connection, grant, "refresh token")
        raise Refused("invalid_grant", "this refresh token was used before: all is revoked")

    async def end(self, app: App, token: str) -> None:
        """Ends the grant of a token, or of a refresh token, if it was given to this program."""
        await self._pool.execute(
            "DELETE FROM grants WHERE client_id = $2 AND grant_id IN"
            " (SELECT grant_id FROM access_tokens WHERE token_hash = $1"
            " UNION ALL SELECT grant_id FROM refresh_tokens WHERE token_hash = $1)",
            token_hash(token),
            app.client_id,
        )


async def _held(connection: Connection, app: App, which: str, hashed: bytes, what: str) -> Any:
    """The grant, which nobody else works with until the transaction ends. Raises `Refused`."""
    grant = await connection.fetchrow(
        f"SELECT {_GRANT} FROM grants WHERE grant_id = ({which}) FOR UPDATE", hashed
    )
    if grant is None or grant["client_id"] != app.client_id:
        raise Refused("invalid_grant", f"this {what} is not known here")
    return grant


async def _issue(connection: Connection, grant: Any, scope: str) -> Issued:
    access = new_secret()
    await connection.execute(
        "INSERT INTO access_tokens (token_hash, grant_id, scope, expires_at)"
        " VALUES ($1, $2, $3, now() + $4::interval)",
        token_hash(access),
        grant["grant_id"],
        scope,
        timedelta(seconds=ACCESS_SECONDS),
    )
    if OFFLINE not in scopes_in(grant["scope"]):
        return Issued(access, None, scope)
    refresh = new_secret()
    await connection.execute(
        "INSERT INTO refresh_tokens (token_hash, grant_id, expires_at)"
        " VALUES ($1, $2, now() + $3::interval)",
        token_hash(refresh),
        grant["grant_id"],
        timedelta(seconds=REFRESH_SECONDS),
    )
    return Issued(access, refresh, scope)


async def _forget_oldest(connection: Connection, grant: Any) -> None:
    await connection.execute(
        "DELETE FROM refresh_tokens WHERE token_hash IN (SELECT token_hash FROM"
        " (SELECT token_hash, row_number() OVER (PARTITION BY used_at IS NULL"
        " ORDER BY coalesce(used_at, expires_at) DESC) AS place,"
        " coalesce(used_at, expires_at - $3::interval) AS since"
        " FROM refresh_tokens WHERE grant_id = $1) AS placed"
        " WHERE place > $2 AND since < clock_timestamp() - $4::interval)",
        grant["grant_id"],
        MOST_OF_A_GRANT,
        timedelta(seconds=REFRESH_SECONDS),
        timedelta(seconds=KEPT_SECONDS),
    )


async def _end(connection: Connection, grant: Any, used: str) -> None:
    logger.warning(
        "a %s of program %s for user %d was used again: all that came of it is revoked",
        used,
        grant["client_id"],
        grant["user_id"],
    )
    await connection.execute("DELETE FROM grants WHERE grant_id = $1", grant["grant_id"])
