"""Which program asks for tokens, and that it is the one: RFC 6749, 2.3 and 3.2.1."""

from typing import TypeVar
from urllib.parse import unquote

from aiohttp import BasicAuth, hdrs, web

from gateway.bodies import body
from gateway.oauth2.apps import App
from gateway.oauth2.refusals import Refused
from gateway.parameters import query
from gateway.problems import Problem
from gateway.state import gateway_of
from schemas.api.base import Query
from schemas.api.oauth2 import OfClient

Sent = TypeVar("Sent", bound=OfClient)

SCHEME = "basic "


async def sent_in(request: web.Request, schema: type[Sent]) -> Sent:
    """Raises `Refused`."""
    try:
        query(request, Query)
        return await body(request, schema)
    except Problem as problem:
        raise Refused("invalid_request", problem.detail) from problem


async def client_of(request: web.Request, sent: OfClient) -> App:
    """A program says its id in the body or, if it has a secret, beside that in the header; some say
    all of it in both. Raises `Refused`, and a 429 `Problem`."""
    login, password = _basic(request)
    ids = {said for said in (login, sent.client_id) if said}
    if len(ids) != 1:
        raise Refused("invalid_client", "client_id must be given, and be the same everywhere", 401)
    limits = gateway_of(request).limits
    app = await gateway_of(request).apps.find(ids.pop())
    if app is None or not app.is_proven({s for s in (password, sent.client_secret) if s}):
        await limits.failed(request)
        raise Refused("invalid_client", "this program with this secret is not known here", 401)
    if not app.is_confidential:
        limits.may_try(request)
    return app


async def tried_wrongly(request: web.Request, app: App) -> None:
    """Counts a code, verifier or token that is not good. Raises a 429 `Problem` when it was one
    too many."""
    limits = gateway_of(request).limits
    if app.is_confidential:
        await limits.failed_of(request, app.client_id)
    else:
        await limits.failed(request)


def _basic(request: web.Request) -> tuple[str, str]:
    """Empty where the header says something else. Raises `Refused`."""
    said = request.headers.get(hdrs.AUTHORIZATION, "")
    if not said.lower().startswith(SCHEME):
        return "", ""
    try:
        found = BasicAuth.decode(said, encoding="utf-8")
    except ValueError as error:
        raise Refused("invalid_client", "Authorization: this is not Basic", 401) from error
    return unquote(found.login), unquote(found.password)
