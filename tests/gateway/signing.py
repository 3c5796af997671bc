"""Somebody who signs requests, as oauthlib's client does, and may do it wrong."""

import time
from typing import Any

from aiohttp import ClientSession
from oauthlib.oauth1 import Client
from yarl import URL

from gateway.forms import URLENCODED
from gateway.signing_keys import SigningKeys
from tests.person import Person, Reply

X = "https://api.x.com"


def signed(
    keys: SigningKeys,
    method: str,
    target: str,
    *,
    base: str = X,
    form: str | None = None,
    timestamp: int | None = None,
    nonce: str | None = None,
    hashed: str = "HMAC-SHA1",
) -> str:
    """The header."""
    client = Client(
        keys.consumer_key,
        keys.consumer_secret,
        keys.access_token,
        keys.access_token_secret,
        signature_method=hashed,
        timestamp=str(timestamp or int(time.time())),
        nonce=nonce,
    )
    kind = {"Content-Type": URLENCODED} if form else {}
    _, headers, _ = client.sign(base + target, method, form, kind)
    return str(headers["Authorization"])


async def send(
    person: Person,
    method: str,
    target: str,
    header: str,
    *,
    json: Any = None,
    form: str | None = None,
    more: dict[str, str] | None = None,
) -> Reply:
    """To the gateway of `person`, whose token is not sent, with nothing encoded anew."""
    headers = {"Authorization": header, **(more or {})}
    if form is not None:
        headers["Content-Type"] = URLENCODED
    url = URL(person.gateway + target, encoded=True)
    async with (
        ClientSession(headers=headers) as session,
        session.request(method, url, json=json, data=form and form.encode()) as response,
    ):
        body = await response.json(content_type=None)
        return Reply(response.status, body, response.headers)


async def ask(
    person: Person,
    keys: SigningKeys,
    method: str,
    target: str,
    *,
    json: Any = None,
    form: str | None = None,
    more: dict[str, str] | None = None,
    **how: Any,
) -> Reply:
    """Signed and sent as one."""
    header = signed(keys, method, target, form=form, **how)
    return await send(person, method, target, header, json=json, form=form, more=more)
