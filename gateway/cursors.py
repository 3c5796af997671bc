"""Tokens of pages whose place is more than an id."""

import base64
import binascii
from typing import Any, TypeVar

import msgspec

from gateway.problems import invalid

Place = TypeVar("Place")


def cursor_at(place: Any) -> str:
    """The token of the page that begins after `place`."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(place)).decode().rstrip("=")


def place_at(cursor: str, kind: type[Place]) -> Place:
    """Raises a 400 `Problem` for a token that is not one of ours."""
    try:
        place = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(place, type=kind)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise invalid(f"next_token: {cursor[:40]!r} is none of ours") from error
