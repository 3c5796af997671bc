"""Tokens of pages: where one begins, as the answer before it said."""

import base64
from typing import Any, TypeVar

import msgspec

from gateway.problems import invalid
from schemas.ids import MAX_ID

Place = TypeVar("Place")


def token_after(place: int) -> str:
    """The token of the page that begins below the id `place`."""
    return _token(place.to_bytes(8))


def place_of(token: str | None) -> int:
    """Raises a 400 `Problem` for a token that is not one of ours."""
    if token is None:
        return MAX_ID
    place = _place(token)
    if place is None or place > MAX_ID:
        raise invalid(f"pagination_token: {token!r} is none of ours")
    return place


NEWER = MAX_ID + 1
"""The bit of a token that asks for what is newer than its place, not older."""


def token_before(place: int) -> str:
    """The token of the page that ends above the id `place`."""
    return token_after(place | NEWER)


def place_and_way_of(token: str | None) -> tuple[int, bool]:
    """And whether what is newer is asked for. Raises a 400 `Problem` as `place_of` does."""
    place = _place(token) if token is not None else None
    if place is not None and NEWER <= place < NEWER + MAX_ID:  # nothing is newer than the last
        return place - NEWER, True
    return place_of(token), False


def cursor_at(place: Any) -> str:
    """The token of the page that begins after `place`, which is more than an id."""
    return _token(msgspec.msgpack.encode(place))


def place_at(cursor: str, kind: type[Place]) -> Place:
    """Raises a 400 `Problem` for a token that is not one of ours."""
    try:
        return msgspec.msgpack.decode(_bytes(cursor), type=kind)
    except (ValueError, msgspec.MsgspecError) as error:
        raise invalid(f"pagination_token: {cursor[:40]!r} is none of ours") from error


def _place(token: str) -> int | None:
    try:
        place = _bytes(token)
    except ValueError:
        return None
    return int.from_bytes(place) if len(place) == 8 else None


def _token(place: bytes) -> str:
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def _bytes(token: str) -> bytes:
    """Raises `ValueError` for what `_token` never makes."""
    return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
