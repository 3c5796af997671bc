"""Who signed a request: checked against the keys, the clock and what was signed before."""

import time
from collections.abc import Sequence

from aiohttp import hdrs, web

from gateway.bodies import signed_form
from gateway.keyring import Keyring
from gateway.limits import Limits
from gateway.nonces import CLOCK_SECONDS, Nonces, NoncesUnknown
from gateway.own_address import address_of
from gateway.problems import unauthorized, unavailable
from gateway.signatures import (
    KEY,
    NONCE,
    SIGNATURE,
    TIMESTAMP,
    TOKEN,
    NotSigned,
    Sent,
    Signed,
    is_by,
    signed_in,
)
from gateway.signing_keys import SigningKeys
from schemas.explained import Explained

X_BASES = tuple(
    f"https://{host}"
    for host in ("api.twitter.com", "api.x.com", "upload.twitter.com", "upload.x.com")
)
"""What programs written for X believe they call, and sign."""


class Refused(Explained):
    """The signature is not good. The text says why, and nothing that is secret."""


class SignedRequests:
    def __init__(self, keyring: Keyring, nonces: Nonces, limits: Limits) -> None:
        self._keyring = keyring
        self._nonces = nonces
        self._limits = limits

    async def user_of(self, request: web.Request, header: str) -> int:
        """The id of the user with whose keys the request is signed.

        Raises a 401 `Problem`, or a 429 one to an address from which too many wrong ones came; what
        `signed_form` raises; and a 503 one for a write while nobody knows which nonces were used.
        """
        try:
            signed = signed_in(header)
        except NotSigned as error:
            raise unauthorized(str(error)) from error
        try:
            keys = await self._keys_of(request, signed)
            _check_time(signed)
            if not is_by(keys, signed, await _sent(request)):
                raise Refused(f"{SIGNATURE} is not that of this request with these keys")
            await self._use_up(request, signed)
        except Refused as error:
            await self._limits.failed(request)
            raise unauthorized(str(error)) from error
        return keys.user_id

    async def is_good(self, header: str) -> bool:
        """Whether the keys of a request that was let in have not been revoked."""
        return await self._keyring.has(signed_in(header).consumer_key)

    async def _keys_of(self, request: web.Request, signed: Signed) -> SigningKeys:
        keys = await self._keyring.find(request, signed.consumer_key)
        if keys is None:
            raise Refused(f"{KEY} is not known here")
        if keys.access_token != signed.access_token:
            raise Refused(f"{TOKEN} is not the one that belongs to {KEY}")
        return keys

    async def _use_up(self, request: web.Request, signed: Signed) -> None:
        try:
            if not await self._nonces.use(signed):
                raise Refused(f"{NONCE} was used before: sign each request anew")
        except NoncesUnknown as error:
            if request.method != hdrs.METH_GET:  # to be asked twice changes nothing
                raise unavailable(
                    f"no signed write can be told from a repeated one: {error}"
                ) from error


def _check_time(signed: Signed) -> None:
    now = time.time()
    if abs(signed.timestamp - now) > CLOCK_SECONDS:
        raise Refused(
            f"{TIMESTAMP} {signed.timestamp} is more than {CLOCK_SECONDS:g} s from the clock here,"
            f" {now:.0f}"
        )


async def _sent(request: web.Request) -> Sent:
    url = request.rel_url
    form = await signed_form(request)
    return Sent(
        request.method,
        _bases(request),
        url.raw_path,
        url.raw_query_string,
        form.decode(errors="surrogateescape"),
    )


def _bases(request: web.Request) -> Sequence[str]:
    """Behind a proxy that ends TLS the client has asked with https."""
    host = request.host.lower()
    own = f"http://{host.removesuffix(':80')}", f"https://{host.removesuffix(':443')}"
    return list(dict.fromkeys((*X_BASES, address_of(request), *own)))
