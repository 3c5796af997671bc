"""A program's request to be let in, as a user's browser brings it."""

from collections import Counter
from urllib.parse import parse_qsl

from aiohttp import web

from gateway.oauth2.asked import Asked, Sender, asked_by
from gateway.oauth2.consent_page import ErrorPage
from gateway.oauth2.redirects import is_one_of
from gateway.state import gateway_of

MOST_PARAMETERS = 100


async def asked_in(request: web.Request) -> Asked:
    """Raises `ErrorPage` where it is not known whose request it is, or where the user would be
    sent: then nobody is sent anywhere. Else raises `SentBack`."""
    pairs = _pairs(request)
    given = {name: value for name, value in pairs if value}
    twice = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
    for name in ("client_id", "redirect_uri"):
        if name in twice or name not in given:
            raise ErrorPage(f"{name} must be given once")
    app = await gateway_of(request).apps.find(given["client_id"])
    if app is None:
        raise ErrorPage("client_id: there is no such program here")
    if not is_one_of(given["redirect_uri"], app.redirect_uris):
        raise ErrorPage("redirect_uri is none of those that were registered for this program")
    state = None if "state" in twice else given.get("state")
    sender = Sender(app, given["redirect_uri"], state)
    if twice:
        raise sender.back("invalid_request", f"{twice[0]} is given twice")
    return asked_by(sender, given)


def _pairs(request: web.Request) -> list[tuple[str, str]]:
    sent = request.rel_url.raw_query_string
    try:
        return parse_qsl(
            sent, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS
        )
    except ValueError as error:
        raise ErrorPage("the query is no form in UTF-8") from error
