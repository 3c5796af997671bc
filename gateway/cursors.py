"""Tokens of pages: where one begins, as the answer before it said."""

import base64
from typing import Any, NamedTuple, TypeVar

import msgspec

from gateway.problems import invalid
from schemas.ids import MAX_ID

Place = TypeVar("Place")

BACK = 30
"""So many pages of tweets can be turned back: a token holds where each of them began."""


class Start(NamedTuple):
    """A page begins below the id `before`; the pages before it began below `earlier`."""

    before: int = MAX_ID
    earlier: tuple[int, ...] = ()


class Neighbours(NamedTuple):
    """The tokens of the pages beside one."""

    following: str | None
    previous: str | None


def start_of(token: str | None) -> Start:
    """Raises a 400 `Problem` for a token that is not one of ours."""
    if token is None:
        return Start()
    places = _places(token)
    if not 0 < len(places) <= BACK + 1 or max(places) > MAX_ID:
        raise invalid(f"pagination_token: {token!r} is none of ours")
    *earlier, before = places
    return Start(before, tuple(earlier))


def neighbours(start: Start, first: int | None, last: int | None) -> Neighbours:
    """Of a page that shows the ids from `first`, the highest, down to `last`.

    `first` is None where it shows nothing, `last` where nothing follows.
    """
    here = start.before if first is None else min(first + 1, MAX_ID)
    earlier = start.earlier
    return Neighbours(
        None if last is None else token_after(last, *[*earlier, here][-BACK:]),
        token_after(earlier[-1], *earlier[:-1]) if earlier else None,
    )


def token_after(place: int, *earlier: int) -> str:
    """The token of the page that begins below the id `place`."""
    return _token(b"".join([one.to_bytes(8) for one in (*earlier, place)]))


def place_of(token: str | None) -> int:
    """Raises a 400 `Problem` for a token that is not one of ours."""
    return start_of(token).before


NEWER = MAX_ID + 1
"""The bit of a token that asks for what is newer than its place, not older."""


def token_before(place: int) -> str:
    """The token of the page that ends above the id `place`."""
    return token_after(place | NEWER)


def place_and_way_of(token: str | None) -> tuple[int, bool]:
    """And whether what is newer is asked for. Raises a 400 `Problem` as `place_of` does."""
    places = _places(token) if token is not None else ()
    if len(places) == 1 and NEWER <= places[0] < NEWER + MAX_ID:  # nothing is newer than the last
        return places[0] - NEWER, True
    return place_of(token), False


def cursor_at(place: Any) -> str:
    """The token of the page that begins after `place`, which is more than an id."""
    return _token(msgspec.msgpack.encode(place))


def place_at(cursor: str, kind: type[Place]) -> Place:
    """Raises a 400 `Problem` for a token that is not one of ours."""
    try:
        return msgspec.msgpack.decode(_bytes(cursor), type=kind)
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        raise invalid(f"pagination_token: {cursor[:40]!r} is none of ours") from error


def _places(token: str) -> tuple[int, ...]:
    try:
        sent = _bytes(token)
    except ValueError:
        return ()
    if len(sent) % 8:
        return ()
    return tuple(int.from_bytes(sent[at : at + 8]) for at in range(0, len(sent), 8))


def _token(place: bytes) -> str:
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def _bytes(token: str) -> bytes:
    """Raises `ValueError` for what `_token` never makes."""
    return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
