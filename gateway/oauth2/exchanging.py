"""Where programs that were let in get their tokens, and give them back: RFC 6749 and 7009."""

from aiohttp import web
from msgspec import UNSET, Struct, json

from gateway.limits import limit_of, name_of
from gateway.oauth2.apps import App
from gateway.oauth2.clients import client_of, sent_in, tried_wrongly
from gateway.oauth2.issuing import ACCESS_SECONDS, Issued, WrongVerifier
from gateway.oauth2.refusals import NO_STORE, Refused
from gateway.open_paths import BASIC, JSON, OpenPath
from gateway.state import gateway_of
from schemas.api.oauth2 import IssuedTokens, Revoked, TokenRequest, TokenRevocation

TOKEN_PATH, REVOKE_PATH = "/2/oauth2/token", "/2/oauth2/revoke"
NAME = name_of("POST", TOKEN_PATH)


async def oauth2_token(request: web.Request) -> web.Response:
    """Get tokens for a code that a user brought, or for a refresh token.

    Raises `Refused`, and a 429 `Problem`.
    """
    await gateway_of(request).limits.of_address(request)
    sent = await sent_in(request, TokenRequest)
    app = await client_of(request, sent)
    match sent.grant_type:
        case "authorization_code":
            issued = await _exchange(request, app, sent)
        case "refresh_token":
            issued = await _refresh(request, app, sent)
        case None | "":
            raise Refused("invalid_request", "grant_type is missing")
        case _:
            raise Refused(
                "unsupported_grant_type", "grant_type must be authorization_code or refresh_token"
            )
    return _answer(
        IssuedTokens(
            token_type="bearer",  # noqa: S106
            expires_in=ACCESS_SECONDS,
            access_token=issued.access_token,
            scope=issued.scope,
            refresh_token=issued.refresh_token or UNSET,
        )
    )


async def oauth2_revoke(request: web.Request) -> web.Response:
    """End what a program was let in for, by a token or refresh token of it.

    Raises `Refused`, and a 429 `Problem`.
    """
    gateway = gateway_of(request)
    await gateway.limits.of_address(request)
    sent = await sent_in(request, TokenRevocation)
    app = await client_of(request, sent)
    await gateway.issuing.end(app, _given(sent.token, "token"))
    return _answer(Revoked())


async def _exchange(request: web.Request, app: App, sent: TokenRequest) -> Issued:
    code = _given(sent.code, "code")
    redirect_uri = _given(sent.redirect_uri, "redirect_uri")
    verifier = _given(sent.code_verifier, "code_verifier")
    await _count(request, app, code)
    try:
        return await gateway_of(request).issuing.exchange(app, code, redirect_uri, verifier)
    except WrongVerifier:
        await tried_wrongly(request, app)
        raise


async def _refresh(request: web.Request, app: App, sent: TokenRequest) -> Issued:
    token = _given(sent.refresh_token, "refresh_token")
    await _count(request, app, token)
    return await gateway_of(request).issuing.refresh(app, token, sent.scope or "")


async def _count(request: web.Request, app: App, secret: str) -> None:
    """Against the program's limit for the user whose code or token it is; if nobody's, as a wrong
    try."""
    gateway = gateway_of(request)
    user = await gateway.issuing.owner_of(secret)
    if user is None:
        await tried_wrongly(request, app)
        raise Refused("invalid_grant", "this is not known here, or was revoked")
    await gateway.limits.of_user(request, user, NAME, limit_of(NAME), app.client_id)


def _given(value: str | None, name: str) -> str:
    if not value:
        raise Refused("invalid_request", f"{name} is missing")
    return value


def _answer(what: Struct) -> web.Response:
    return web.Response(body=json.encode(what), content_type=JSON, headers=NO_STORE)


open_paths = [
    OpenPath(TOKEN_PATH, oauth2_token, {200: (JSON,), 400: (JSON,), 401: (JSON,)}, "POST",
             TokenRequest, BASIC, may_be_nobody=True),
    OpenPath(REVOKE_PATH, oauth2_revoke, {200: (JSON,), 400: (JSON,), 401: (JSON,)}, "POST",
             TokenRevocation, BASIC, may_be_nobody=True),
]  # fmt: skip
