"""Where a user is sent back to with a code: nowhere but where the program's owner said."""

import re
from collections.abc import Iterable
from urllib.parse import urlencode, urlsplit

from schemas.explained import Explained

MOST_CHARACTERS = 512

_rest = r"(?:[/?][A-Za-z0-9\-._~:/?@!$&'()*+,;=%]*)?"
_web = re.compile(rf"https://[A-Za-z0-9.-]+(?::[0-9]{{1,5}})?{_rest}")
_local = re.compile(rf"http://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{{1,5}})?{_rest}")
_private = re.compile(rf"[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:{_rest}")
_loopback = re.compile(rf"(http://(?:127\.0\.0\.1|\[::1\]))(?::[0-9]{{1,5}})?({_rest})")


class RedirectRefused(Explained):
    """No program may have this one."""


def must_be_usable(uri: str) -> None:
    """Raises `RedirectRefused`."""
    kinds = (_web, _local, _private)
    if len(uri) > MOST_CHARACTERS or not any(kind.fullmatch(uri) for kind in kinds):
        raise RedirectRefused(
            f"{uri!r} is no redirect URI: expected https://HOST/PATH, http:// with localhost,"
            f" 127.0.0.1 or [::1], or a scheme of one's own with a dot, as com.example.app:/PATH;"
            f" no fragment, {MOST_CHARACTERS} characters at most"
        )


def is_one_of(uri: str, registered: Iterable[str]) -> bool:
    """Letter by letter; only the port of a loopback address is free (RFC 8252, 7.3), since a
    program on the user's machine takes whichever is."""
    return _without_port(uri) in map(_without_port, registered)


def with_answer(uri: str, answer: dict[str, str]) -> str:
    """The address that the user is sent to."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(answer)}"


def destination(uri: str) -> str:
    """Whom the user is sent to, for them to read. What stands where a host would, after a scheme of
    somebody's own, is nobody's."""
    parts = urlsplit(uri)
    return parts.netloc if parts.scheme in ("https", "http") else f"{parts.scheme}:"


def _without_port(uri: str) -> str:
    found = _loopback.fullmatch(uri)
    return f"{found[1]}{found[2]}" if found else uri
