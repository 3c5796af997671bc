"""A user's browser, and a program that does by hand what OAuth 2.0 says, and may do it wrong."""

import hashlib
import secrets
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from aiohttp import ClientSession

from gateway.oauth2.apps import App
from tests.person import Fetched, Person, Reply

PATH = "/2/oauth2/authorize"
TOKEN, REVOKE = "/2/oauth2/token", "/2/oauth2/revoke"
BACK = "https://birds.example/back?from=birdlog"
SCOPE = "tweet.read users.read offline.access"
ALLOW = "allow"


class Program:
    """One that is registered; `secret` is None for a public one."""

    def __init__(self, gateway: str, app: App, secret: str | None) -> None:
        self.gateway = gateway
        self.app = app
        self.secret = secret
        self.verifier = secrets.token_urlsafe(64)

    def link(self, path: str = PATH, /, **more: str | None) -> str:
        """Where users are sent; what is None is left out."""
        digest = urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest())
        query = {
            "response_type": "code",
            "client_id": self.app.client_id,
            "redirect_uri": BACK,
            "scope": SCOPE,
            "state": "s/1&ü",
            "code_challenge": digest.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **more,
        }
        given = {name: value for name, value in query.items() if value is not None}
        return f"{self.gateway}{path}?{urlencode(given)}"

    async def code(self, person: Person, **more: str | None) -> str:
        """Of a person who lets it in."""
        return answer_in(await press(person.token, self.link(**more)))["code"]

    async def ask(self, path: str, **form: str) -> Reply:
        """With its secret in the header if it has one, else its id in the body."""
        headers, own = {}, {"client_id": self.app.client_id}
        if self.secret is not None:
            login = f"{self.app.client_id}:{self.secret}"
            headers["Authorization"] = f"Basic {b64encode(login.encode()).decode()}"
            own = {}
        return await post(self.gateway + path, {**own, **form}, headers)

    async def exchange(self, code: str, **more: str) -> Reply:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": self.verifier,
        }
        return await self.ask(TOKEN, **{**form, **more})

    async def refresh(self, token: str, **more: str) -> Reply:
        return await self.ask(TOKEN, grant_type="refresh_token", refresh_token=token, **more)

    async def log_in(self, person: Person, scope: str = SCOPE) -> dict[str, Any]:
        """What the program is given."""
        reply = await self.exchange(await self.code(person, scope=scope))
        assert reply.status == 200, reply.body
        return dict(reply.body)


async def post(
    url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
) -> Reply:
    async with (
        ClientSession(headers=headers) as session,
        session.post(url, data=form) as response,
    ):
        body = await response.json(content_type=None)
        return Reply(response.status, body, response.headers)


async def look(url: str) -> Fetched:
    """What a browser is shown, before it follows anything."""
    async with ClientSession() as session, session.get(url, allow_redirects=False) as response:
        return Fetched(response.status, await response.read(), response.headers)


async def press(token: str, url: str, decision: str = ALLOW) -> Fetched:
    form = {"token": token, "decision": decision}
    async with (
        ClientSession() as session,
        session.post(url, data=form, allow_redirects=False) as response,
    ):
        return Fetched(response.status, await response.read(), response.headers)


def answer_in(shown: Fetched, back: str = BACK) -> dict[str, str]:
    """What the browser brings the program, which it is sent to."""
    assert shown.status == 303, shown.body
    location = shown.headers["Location"]
    assert location.startswith(back)
    found = parse_qs(urlsplit(location).query, strict_parsing=True)
    return {name: value for name, (value,) in found.items()}
