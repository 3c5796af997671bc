"""Where a program sends its users, and they say whether it is let in: RFC 6749, 4.1."""

from aiohttp import web

from gateway.accounts import token_hash
from gateway.bodies import body
from gateway.limits import limit_of, name_of
from gateway.oauth2.asked import Asked
from gateway.oauth2.asking import asked_in
from gateway.oauth2.consent_page import HTML, consent_page
from gateway.oauth2.redirects import with_answer
from gateway.oauth2.refusals import sent_to
from gateway.open_paths import OpenPath
from gateway.state import gateway_of
from schemas.api.oauth2 import AuthorizationQuery, Consent

PATH = "/2/oauth2/authorize"
ALIASES = {"x": "/i/oauth2/authorize", "xdk": "/oauth2/authorize"}
"""As X has it, and as xdk makes it of the address of a gateway."""

NAME = name_of("POST", PATH)

WRONG = "This token is not known here, or is a program's. Give one from the command line."


async def ask_user(request: web.Request) -> web.Response:
    """The page that asks a user whether to let a program in, which sent the user there."""
    await gateway_of(request).limits.of_address(request)
    return _asking(await asked_in(request))


async def decide(request: web.Request) -> web.Response:
    """What the user decided: leads back to the program, with a code if it is let in.

    Raises 429 and 400 `Problem`s beside what `asked_in` raises.
    """
    gateway = gateway_of(request)
    await gateway.limits.of_address(request)
    asked = await asked_in(request)
    sent = await body(request, Consent)
    if sent.decision == "deny":
        raise asked.by.back("access_denied", "the user did not let the program in")
    token = token_hash(sent.token.strip())
    gateway.limits.may_try(request)
    user = await gateway.grants.owner_of(token)
    if user is None:
        await gateway.limits.failed(request)
        return _asking(asked, WRONG)
    await gateway.limits.of_user(request, user, NAME, limit_of(NAME))
    code = await gateway.grants.begin(asked, token)
    if code is None:
        return _asking(await asked_in(request), WRONG)  # or the program is there no more
    answer = {"code": code} | ({"state": asked.by.state} if asked.by.state else {})
    return sent_to(with_answer(asked.by.redirect_uri, answer), 303)  # lest the body be sent on


def _asking(asked: Asked, wrong: str = "") -> web.Response:
    return consent_page(asked.by.app.name, asked.by.redirect_uri, asked.scope, wrong)


open_paths = [
    path
    for alias, where in {"": PATH, **ALIASES}.items()
    for path in (
        OpenPath(where, ask_user, {200: (HTML,), 303: (), 400: (HTML,)}, alias=alias,
                 query=AuthorizationQuery),
        OpenPath(where, decide, {303: (), 400: (HTML,), 403: (HTML,)}, "POST", Consent,
                 alias=alias, query=AuthorizationQuery),
    )
]  # fmt: skip
