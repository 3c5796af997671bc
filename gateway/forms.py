"""The fields of a form. Only UTF-8 is taken: to decode 7 MB of punycode would take minutes."""

from collections.abc import Sequence
from typing import TypeAlias
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from gateway.problems import Problem, invalid

MULTIPART, URLENCODED = FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
MOST_FIELDS = 100

FORM = web.RequestKey("form", bytes)
"""A form that was read before its turn came, as the request is signed, and so is the form."""

Field: TypeAlias = tuple[str, str | bytes]
"""Its name, and its text or what is in the file."""

_UTF_8 = {"utf-8", "utf8", "us-ascii", "ascii"}
_MALFORMED = (ValueError, RuntimeError, HttpProcessingError)
"""What aiohttp raises for what it cannot read."""


async def fields(request: web.Request) -> Sequence[Field]:
    """Raises a 400 `Problem` for what is no form, a 415 one for another charset, and aiohttp's 413
    for too large a body."""
    try:
        if request.content_type == MULTIPART:
            return await _parts(request)
        _must_be_utf_8(request.charset)
        sent = request[FORM] if FORM in request else await request.read()
        return parse_qsl(sent.rstrip().decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except _MALFORMED as error:
        raise invalid(f"body: this is no such form: {error}") from error


def query_fields(request: web.Request) -> Sequence[Field]:
    """What stands behind the question mark, as fields."""
    return parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True)


async def _parts(request: web.Request) -> Sequence[Field]:
    """aiohttp's own reading decodes each part as whatever it says that it is."""
    found: list[Field] = []
    largest, content = request.client_max_size, request.content
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise ValueError("a part without a name, or of many parts")
        if len(found) == MOST_FIELDS:
            raise ValueError(f"more than {MOST_FIELDS} parts")
        is_text = not part.filename and (
            part.headers.get("Content-Type", "text/").startswith("text/")
        )
        if is_text:
            _must_be_utf_8(part.get_charset("utf-8"))
        sent, data = bytearray(), bytearray()
        while chunk := await part.read_chunk():
            if content.total_bytes > largest:
                raise web.HTTPRequestEntityTooLarge(largest, content.total_bytes)
            sent += chunk
        async for piece in part.decode_iter(sent):
            data += piece
        found.append((part.name, data.decode() if is_text else bytes(data)))
    return found


def _must_be_utf_8(charset: str | None) -> None:
    if charset is not None and charset.lower() not in _UTF_8:
        raise Problem(415, "Unsupported Media Type", f"body: send UTF-8, not {charset[:40]}")
