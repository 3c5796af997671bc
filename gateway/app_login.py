"""A bearer token for a consumer key and its secret: the log-in of programs that do not sign."""

import hmac
from typing import NoReturn
from urllib.parse import unquote

from aiohttp import BasicAuth, hdrs, web
from msgspec import json

from gateway.bodies import body
from gateway.limits import limit_of, name_of
from gateway.open_paths import BASIC, JSON, OpenPath
from gateway.parameters import query
from gateway.problems import unauthorized
from gateway.signing_keys import SigningKeys
from gateway.state import gateway_of
from schemas.api.base import Query
from schemas.api.logins import AppLogin, AppToken

PATH = "/oauth2/token"
NAME = name_of("POST", PATH)


async def app_login(request: web.Request) -> web.Response:
    """Get the bearer token that belongs to a consumer key; the same each time.

    Raises 401, 429 and 400 `Problem`s.
    """
    gateway = gateway_of(request)
    await gateway.limits.of_address(request)
    keys = await _keys_of(request)
    await gateway.limits.of_user(request, keys.user_id, NAME, limit_of(NAME))
    query(request, Query)
    await body(request, AppLogin)
    token = await gateway.keyring.app_token(keys)
    if token is None:
        await _fail(request)
    answer = json.encode(AppToken("bearer", token))
    return web.Response(body=answer, content_type=JSON, headers={hdrs.CACHE_CONTROL: "no-store"})


async def _keys_of(request: web.Request) -> SigningKeys:
    try:
        said = BasicAuth.decode(request.headers.get(hdrs.AUTHORIZATION, ""), encoding="utf-8")
    except ValueError as error:
        wanted = "send Authorization: Basic, of consumer_key:consumer_secret"
        raise unauthorized(wanted, "Basic") from error
    keys = await gateway_of(request).keyring.find(request, unquote(said.login))
    secret = unquote(said.password).encode()
    if keys is None or not hmac.compare_digest(keys.consumer_secret.encode(), secret):
        await _fail(request)
    return keys


async def _fail(request: web.Request) -> NoReturn:
    await gateway_of(request).limits.failed(request)
    raise unauthorized("this consumer key with this secret is not known here", "Basic")


open_paths = [OpenPath(PATH, app_login, {200: (JSON,)}, "POST", AppLogin, BASIC)]
