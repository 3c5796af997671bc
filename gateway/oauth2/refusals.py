"""What went wrong, as programs that speak OAuth 2.0 are told it: RFC 6749, 4.1.2.1 and 5.2."""

import re

from aiohttp import web
from msgspec import json

from gateway.oauth2.redirects import with_answer
from gateway.open_paths import JSON
from gateway.problems import Problem
from schemas.api.oauth2 import OAuthError

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}

_unsaid = re.compile(r"[^ !#-\[\]-~]")
"""What cannot stand in a description there."""


class Refused(Problem):
    """`error` is one of the words that RFC 6749 has. The answer to a program."""

    def __init__(self, error: str, detail: str, status: int = 400) -> None:
        super().__init__(status, "Refused", detail, scheme="Basic")
        self.error_code = error

    def body(self) -> bytes:
        return json.encode(OAuthError(self.error_code, described(self.detail)))

    def headers(self) -> dict[str, str]:
        return {**super().headers(), **NO_STORE, "Content-Type": JSON}


class SentBack(Problem):
    """The answer to a user, whose browser brings the program what is wrong with its request, and
    never the form that the user sent, which holds a token."""

    def __init__(self, redirect_uri: str, state: str | None, error: str, detail: str) -> None:
        super().__init__(303, "See Other", detail)
        answer = {"error": error, "error_description": described(detail)}
        self.location = with_answer(redirect_uri, answer | ({"state": state} if state else {}))

    def response(self) -> web.Response:
        return sent_to(self.location, self.status)


def sent_to(location: str, status: int) -> web.Response:
    """What the address holds is for the program alone."""
    headers = {**NO_STORE, "Referrer-Policy": "no-referrer", "Location": location}
    return web.Response(status=status, headers=headers)


def described(detail: str) -> str:
    return _unsaid.sub("'", detail)
