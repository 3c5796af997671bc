"""Signatures of requests: RFC 5849, which OAuth 1.0a is."""

import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl

from msgspec import Struct
from oauthlib.oauth1.rfc5849.signature import (
    collect_parameters,
    normalize_parameters,
    sign_hmac_sha1_with_client,
    sign_hmac_sha256_with_client,
)
from oauthlib.oauth1.rfc5849.utils import escape

from gateway.signing_keys import SigningKeys
from schemas.explained import Explained

SCHEME = "oauth "
KEY, TOKEN, METHOD, SIGNATURE, TIMESTAMP, NONCE, VERSION = (
    f"oauth_{name}"
    for name in (
        *("consumer_key", "token", "signature_method", "signature", "timestamp", "nonce"),
        "version",
    )
)
REQUIRED = (KEY, TOKEN, METHOD, SIGNATURE, TIMESTAMP, NONCE)

MOST_PARAMETERS = 1_000
"""In the query, and in a form."""

_seconds = re.compile("[0-9]{1,12}").fullmatch

Pairs = Sequence[tuple[str, str]]


class _Secrets(NamedTuple):
    """As oauthlib names them."""

    client_secret: str
    resource_owner_secret: str


METHODS: Mapping[str, Callable[[str, _Secrets], str]] = {
    "HMAC-SHA1": sign_hmac_sha1_with_client,
    "HMAC-SHA256": sign_hmac_sha256_with_client,
}


class NotSigned(Explained):
    """What the header says is no signature that could be checked."""


class Signed(Struct, frozen=True):
    """What a header says. Of its `parameters` all are signed; `timestamp` is in seconds since the
    Unix epoch."""

    consumer_key: str
    access_token: str
    method: str
    signature: str
    timestamp: int
    nonce: str
    parameters: Pairs


class Sent(Struct, frozen=True):
    """What the signature must be over, as it came: percent-encoded, the path without the query.

    `bases` are the beginnings of addresses under which the client may know the gateway.
    """

    method: str
    bases: Sequence[str]
    path: str
    query: str = ""
    form: str = ""


def is_signed(header: str) -> bool:
    return header[: len(SCHEME)].lower() == SCHEME


def signed_in(header: str) -> Signed:
    """What an `Authorization` header says. Raises `NotSigned`."""
    if not header.isascii():
        raise NotSigned("Authorization: only ASCII can stand there")
    try:
        given = collect_parameters(headers={"Authorization": header}, exclude_oauth_signature=False)
    except ValueError as error:
        raise NotSigned('Authorization: expected OAuth oauth_consumer_key="…", …') from error
    named = dict(given)
    missing = [name for name in REQUIRED if not named.get(name)]
    if missing:
        raise NotSigned(f"Authorization: {', '.join(missing)} is missing")
    if named[METHOD] not in METHODS:
        raise NotSigned(f"{METHOD} must be one of {', '.join(METHODS)}")
    if named.get(VERSION, "1.0") != "1.0":
        raise NotSigned(f"{VERSION} must be 1.0")
    if not _seconds(named[TIMESTAMP]):
        raise NotSigned(f"{TIMESTAMP} must be seconds since the Unix epoch")
    return Signed(
        consumer_key=named[KEY],
        access_token=named[TOKEN],
        method=named[METHOD],
        signature=named[SIGNATURE],
        timestamp=int(named[TIMESTAMP]),
        nonce=named[NONCE],
        parameters=[pair for pair in given if pair[0] != SIGNATURE],
    )


def base_strings(signed: Signed, sent: Sent) -> Iterable[str]:
    """What may have been signed, one text for each base. Raises `ValueError` for what is no UTF-8,
    or more parameters than are taken."""
    pairs = [*signed.parameters, *_pairs(sent.query), *_pairs(sent.form)]
    ends = f"{escape(sent.path)}&{escape(normalize_parameters(pairs))}"  # what is long, only once
    for base in sent.bases:
        yield f"{escape(sent.method.upper())}&{escape(base)}{ends}"


def is_by(keys: SigningKeys, signed: Signed, sent: Sent) -> bool:
    """Whether whoever signed this has the secrets, and signed nothing else."""
    sign = METHODS[signed.method]
    with_secrets = _Secrets(keys.consumer_secret, keys.access_token_secret)
    said = signed.signature.encode()
    try:
        return any(
            hmac.compare_digest(sign(text, with_secrets).encode(), said)
            for text in base_strings(signed, sent)
        )
    except ValueError:
        return False


def _pairs(encoded: str) -> Pairs:
    return parse_qsl(
        encoded, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
    )
