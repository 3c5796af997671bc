"""What a program asks a user for: RFC 6749, 4.1.1, and RFC 7636, 4.3."""

from collections.abc import Mapping

from msgspec import Struct

from gateway.oauth2.apps import App
from gateway.oauth2.challenges import ChallengeRefused, stored
from gateway.oauth2.refusals import SentBack
from schemas.scopes import SCOPES


class Sender(Struct, frozen=True):
    """Whose request it is, and where its user is sent: both are known to be good."""

    app: App
    redirect_uri: str
    state: str | None

    def back(self, error: str, detail: str) -> SentBack:
        return SentBack(self.redirect_uri, self.state, error, detail)


class Asked(Struct, frozen=True):
    """`challenge` is as a grant keeps it; `scope` has each one once, with spaces between."""

    by: Sender
    scope: str
    challenge: str


def asked_by(sender: Sender, given: Mapping[str, str]) -> Asked:
    """`given` are the parameters that have a value. Raises `SentBack`."""
    match given.get("response_type"):
        case None:
            raise sender.back("invalid_request", "response_type is missing")
        case "code":
            scopes = given.get("scope", "").split()
        case _:
            raise sender.back("unsupported_response_type", "response_type must be code")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise sender.back("invalid_scope", f"there is no scope {unknown[0]}")
    if not scopes:
        raise sender.back("invalid_scope", "scope is missing")
    challenge, method = given.get("code_challenge", ""), given.get("code_challenge_method", "")
    try:
        kept = stored(challenge, method)
    except ChallengeRefused as error:
        raise sender.back("invalid_request", str(error)) from error
    return Asked(sender, " ".join(dict.fromkeys(scopes)), kept)
