"""Signing keys by their consumer key, remembered as tokens are."""

import re

from aiohttp import web

from gateway.limits import Limits
from gateway.remembered import Remembered
from gateway.signing_keys import KeyStore, SigningKeys

REMEMBER_SECONDS = 10.0
"""For so long keys that were good are taken as good: a revocation lags by it at most."""

_printable = re.compile("[!-~]{1,100}").fullmatch
"""What may be looked up: a consumer key that is anything else is nobody's."""


class Keyring:
    def __init__(self, store: KeyStore, limits: Limits) -> None:
        self._store = store
        self._limits = limits
        self._known = Remembered[str, SigningKeys]()

    async def find(self, request: web.Request, consumer_key: str) -> SigningKeys | None:
        """Raises a 429 `Problem` to an address from which too many wrong credentials came. For keys
        that are known, too: to check a signature takes longer than to look them up."""
        self._limits.may_try(request)
        return self._known.get(consumer_key) or await self._look_up(consumer_key)

    async def has(self, consumer_key: str) -> bool:
        """Whether these keys have not been revoked."""
        return self._known.get(consumer_key) is not None or bool(await self._look_up(consumer_key))

    async def app_token(self, keys: SigningKeys) -> str | None:
        """The bearer token of these keys, the same each time; None when they were revoked."""
        return await self._store.app_token(keys)

    async def _look_up(self, consumer_key: str) -> SigningKeys | None:
        if not _printable(consumer_key):
            return None
        asking = self._store.find(consumer_key)
        return await self._known.renew(consumer_key, asking, REMEMBER_SECONDS)
