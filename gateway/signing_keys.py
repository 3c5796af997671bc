"""The keys with which a program signs what it asks, as OAuth 1.0a has them."""

import hmac
import secrets
from base64 import urlsafe_b64encode

from msgspec import Struct

from gateway.accounts import new_secret, token_hash
from projections.postgres import Pool

KEY_BYTES = 16

COLUMNS = "user_id, consumer_key, consumer_secret, access_token, access_token_secret"


class SigningKeys(Struct, frozen=True):
    """Four that belong together. What is signed with them is asked by the user."""

    user_id: int
    consumer_key: str
    consumer_secret: str
    access_token: str
    access_token_secret: str


class KeyStore:
    """The secrets are kept as they are: a signature is checked by making it again."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def issue(self, user_id: int) -> SigningKeys:
        """Four new keys. The access token begins with the user's id, where tweepy looks for it."""
        keys = SigningKeys(
            user_id,
            secrets.token_hex(KEY_BYTES),
            new_secret(),
            f"{user_id}-{secrets.token_hex(KEY_BYTES)}",
            new_secret(),
        )
        await self._pool.execute(
            f"INSERT INTO signing_keys ({COLUMNS}) VALUES ($1, $2, $3, $4, $5)",
            keys.user_id,
            keys.consumer_key,
            keys.consumer_secret,
            keys.access_token,
            keys.access_token_secret,
        )
        return keys

    async def find(self, consumer_key: str) -> SigningKeys | None:
        row = await self._pool.fetchrow(
            f"SELECT {COLUMNS} FROM signing_keys WHERE consumer_key = $1", consumer_key
        )
        return None if row is None else SigningKeys(**row)

    async def app_token(self, keys: SigningKeys) -> str | None:
        """The bearer token of these keys, the same each time; None when they were revoked."""
        token = _app_token(keys)
        found: int | None = await self._pool.fetchval(
            "WITH owner AS"
            " (SELECT user_id FROM signing_keys WHERE consumer_key = $1 FOR KEY SHARE),"
            " issued AS (INSERT INTO tokens (token_hash, user_id) SELECT $2, user_id FROM owner"
            " ON CONFLICT DO NOTHING)"
            " SELECT user_id FROM owner",
            keys.consumer_key,
            token_hash(token),
        )
        return None if found is None else token


def _app_token(keys: SigningKeys) -> str:
    """Made from the secret, so that each set of keys has one, although only its hash is kept."""
    made = hmac.digest(keys.consumer_secret.encode(), b"app-only token", "sha256")
    return f"birdlog_{urlsafe_b64encode(made).rstrip(b'=').decode()}"
