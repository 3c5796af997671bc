"""Who a bearer token belongs to."""

import time

from aiohttp import hdrs, web

from gateway.accounts import Accounts, token_hash
from gateway.limits import Limits
from gateway.problems import unauthorized

REMEMBER_SECONDS = 10.0
"""For so long a token that was good is taken as good: a revocation lags by it at most."""

REMEMBER_TOKENS = 100_000


class Tokens:
    def __init__(self, accounts: Accounts, limits: Limits) -> None:
        self._accounts = accounts
        self._limits = limits
        self._known: dict[str, tuple[int, float]] = {}

    async def user_of(self, request: web.Request) -> int:
        """The id of the user whose token the request carries.

        Raises a 401 `Problem`, or a 429 one to an address from which too many unknown ones came.
        """
        scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if scheme.lower() != "bearer" or not token or not token.isascii():
            raise unauthorized("send a token: Authorization: Bearer TOKEN")
        now = time.monotonic()
        known = self._known.get(token)
        if known is not None and now < known[1]:
            return known[0]
        self._limits.may_try(request)
        user_id = await self._accounts.user_of_token(token_hash(token))
        if user_id is None:
            self._known.pop(token, None)
            await self._limits.failed(request)
            raise unauthorized("this token is not known here")
        if len(self._known) >= REMEMBER_TOKENS:
            self._known.clear()
        self._known[token] = user_id, now + REMEMBER_SECONDS
        return user_id
