"""Who asks, and for what they may."""

from msgspec import Struct


class Caller(Struct, frozen=True):
    """`scopes` are those that the user has let a program in for; None for the user's own tokens and
    keys, which may do everything."""

    user_id: int
    scopes: frozenset[str] | None = None
