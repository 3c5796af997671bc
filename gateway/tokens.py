"""Whose request it is: the user of its bearer token, or of the keys that signed it."""

from aiohttp import hdrs, web

from gateway.accounts import Accounts, token_hash
from gateway.callers import Caller
from gateway.limits import Limits
from gateway.problems import unauthorized
from gateway.remembered import Remembered
from gateway.signatures import is_signed
from gateway.signed import SignedRequests

REMEMBER_SECONDS = 10.0
"""For so long a token that was good is taken as good: a revocation lags by it at most."""


class Tokens:
    def __init__(self, accounts: Accounts, signed: SignedRequests, limits: Limits) -> None:
        self._accounts = accounts
        self._signed = signed
        self._limits = limits
        self._known = Remembered[str, Caller]()
        """By the whole header, which then need not be taken apart."""

    async def caller_of(self, request: web.Request) -> Caller:
        """The user whose token the request carries, or whose keys signed it.

        Raises a 401 `Problem`, or a 429 one to an address from which too many wrong ones came; for
        a signed request also what `SignedRequests.user_of` raises.
        """
        said = request.headers.get(hdrs.AUTHORIZATION, "")
        known = self._known.get(said)
        if known is not None:
            return known
        if is_signed(said):
            return Caller(await self._signed.user_of(request, said))
        if not _token_in(said):
            raise unauthorized("send a token: Authorization: Bearer TOKEN")
        self._limits.may_try(request)
        caller = await self._look_up(said)
        if caller is None:
            if not await self._accounts.has_ended(token_hash(_token_in(said))):  # else no guess
                await self._limits.failed(request)
            raise unauthorized("this token is not known here, or has expired")
        return caller

    async def is_good(self, request: web.Request) -> bool:
        """Whether the token or keys of a request that was let in, and goes on, are still
        good: not revoked, and not expired."""
        said = request.headers.get(hdrs.AUTHORIZATION, "")
        if is_signed(said):
            return await self._signed.is_good(said)
        return self._known.get(said) is not None or await self._look_up(said) is not None

    async def _look_up(self, said: str) -> Caller | None:
        asking = self._accounts.caller_of_token(token_hash(_token_in(said)))
        return await self._known.renew(said, asking, REMEMBER_SECONDS)


def _token_in(said: str) -> str:
    """Empty where there is none, or what can be none."""
    scheme, _, token = said.partition(" ")
    return token if scheme.lower() == "bearer" and token.isascii() else ""
