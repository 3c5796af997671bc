"""Who asks, and for what they may."""

from msgspec import Struct


class Caller(Struct, frozen=True):
    """`scopes` are those that the user has let a program in for, which `client_id` names; both are
    None for the user's own tokens and keys, which may do everything."""

    user_id: int
    scopes: frozenset[str] | None = None
    client_id: str | None = None
