"""That who brings a code is who asked for it: RFC 7636."""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode

METHODS = ("S256", "plain")

_verifier = re.compile(r"[A-Za-z0-9\-._~]{1,128}").fullmatch
"""RFC 7636 wants 43 of them, X's own examples are shorter."""

_digest = re.compile(r"[A-Za-z0-9\-_]{43}").fullmatch


class ChallengeRefused(ValueError):
    """The message says what is wrong."""


def stored(challenge: str, method: str) -> str:
    """As a grant keeps it: always the digest, since a plain challenge is the verifier itself.

    Raises `ChallengeRefused`.
    """
    match method.lower():  # twitter-api-v2 says s256
        case "s256" if _digest(challenge):
            return challenge
        case "plain" | "" if _verifier(challenge):
            return _s256(challenge)
        case "s256" | "plain" | "":
            raise ChallengeRefused("code_challenge is missing, or no challenge of its method")
    raise ChallengeRefused(f"code_challenge_method must be one of {', '.join(METHODS)}")


def is_answered(kept: str, verifier: str) -> bool:
    return _verifier(verifier) is not None and hmac.compare_digest(_s256(verifier), kept)


def _s256(verifier: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
