"""The fields of a form. Only UTF-8 is taken: to decode 7 MB of punycode would take minutes."""

from collections.abc import Sequence
from typing import TypeAlias
from urllib.parse import parse_qsl

from aiohttp import hdrs, web

from gateway.multipart import parts
from gateway.problems import Problem, invalid

MULTIPART, URLENCODED = FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
MOST_FIELDS = 100
"""Of a URL-encoded form."""

Field: TypeAlias = tuple[str, str | bytes]
"""Its name, and its text or what is in the file."""

_UTF_8 = {"utf-8", "utf8", "us-ascii", "ascii"}


def fields(request: web.Request, sent: bytes) -> Sequence[Field]:
    """Of the form that the request has for a body. Raises a 400 `Problem` for what is no form, and
    a 415 one for another charset."""
    try:
        if request.content_type == MULTIPART:
            return _of_parts(request.headers[hdrs.CONTENT_TYPE], sent)
        _must_be_utf_8(request.charset)
        return parse_qsl(sent.rstrip().decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise invalid(f"body: this is no such form: {error}") from error


def query_fields(request: web.Request) -> Sequence[Field]:
    """What stands behind the question mark, as fields."""
    return parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True)


def _of_parts(content_type: str, sent: bytes) -> Sequence[Field]:
    found: list[Field] = []
    for part in parts(content_type, sent):
        if part.is_text:
            _must_be_utf_8(part.charset)
        found.append((part.name, part.data.decode() if part.is_text else part.data))
    return found


def _must_be_utf_8(charset: str | None) -> None:
    if charset is not None and charset.lower() not in _UTF_8:
        raise Problem(415, "Unsupported Media Type", f"body: send UTF-8, not {charset[:40]}")
