"""What programs that users let in say and are told: OAuth 2.0, RFC 6749 and 7009."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.api.base import FormCommand, Query


class AuthorizationQuery(Query, frozen=True):
    """What else stands in the query is passed over, as RFC 6749 has it."""

    response_type: Literal["code"]
    client_id: str
    redirect_uri: str
    scope: Annotated[str, Meta(description="scopes, separated by spaces")]
    code_challenge: str
    code_challenge_method: Literal["S256", "plain"] = "plain"
    state: str | None = None


class Consent(FormCommand, frozen=True):
    decision: Literal["allow", "deny"]
    token: Annotated[str, Meta(description="a token of the user's own")] = ""


class OfClient(FormCommand, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """What is not known is passed over, as RFC 6749 has it."""

    client_id: str | None = None
    client_secret: str | None = None


class TokenRequest(OfClient, frozen=True, kw_only=True):
    grant_type: str | None = None
    code: str | None = None
    redirect_uri: str | None = None
    code_verifier: str | None = None
    refresh_token: str | None = None
    scope: str | None = None


class TokenRevocation(OfClient, frozen=True, kw_only=True):
    token: str | None = None
    token_type_hint: str | None = None


class IssuedTokens(Struct, frozen=True):
    token_type: Literal["bearer"]
    expires_in: int
    access_token: str
    scope: str
    refresh_token: str | UnsetType = UNSET


class Revoked(Struct, frozen=True):
    revoked: Literal[True] = True


class OAuthError(Struct, frozen=True):
    error: str
    error_description: str
