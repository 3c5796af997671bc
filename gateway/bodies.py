"""Request bodies, checked against their schemas."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec
from aiohttp import hdrs, web

from events.codec import UNREADABLE
from gateway.forms import FORMS, MULTIPART, URLENCODED, Field, fields, query_fields
from gateway.problems import Problem, invalid
from schemas.api.base import FormCommand, QueryCommand

Schema = TypeVar("Schema", bound=msgspec.Struct)

FORM = web.RequestKey("form", bytes)
"""A URL-encoded form, which may be read before its turn comes: a signature is over it."""

MAX_BODY_BYTES = 65_536
BODY_SECONDS = 10.0
IDENTITY = "identity"
JSON = ("application/json", "application/octet-stream")
"""The second stands for a body that does not say what it is."""


def must_be_plain(request: web.Request) -> None:
    """Raises a 415 `Problem` for a compressed body: 256 KB of one may hold 256 MB."""
    encoding = request.headers.get(hdrs.CONTENT_ENCODING) or IDENTITY
    if encoding.lower() != IDENTITY and request.can_read_body:
        raise Problem(
            415, "Unsupported Media Type", f"body: send it as it is, not as {encoding[:40]}"
        )


async def signed_form(request: web.Request) -> bytes:
    """The body, where it belongs to what a signature is over: URL-encoded forms do.

    Raises a 408 `Problem`, and what `_encoded_form` raises.
    """
    if request.content_type != URLENCODED:
        return b""
    async with _received_within(BODY_SECONDS):
        return await _encoded_form(request)


async def _encoded_form(request: web.Request) -> bytes:
    """Raises aiohttp's 413 where it is larger than `MAX_BODY_BYTES`, whatever else the endpoint
    takes: to decode one of 7 MB took 1.8 s."""
    if FORM not in request:  # what was read cannot be cloned again
        request[FORM] = await request.clone(client_max_size=MAX_BODY_BYTES).read()
    return request[FORM]


async def body(request: web.Request, schema: type[Schema], seconds: float | None = None) -> Schema:
    """Raises a 400 `Problem` that says what is wrong, a 415 one for what is neither JSON nor a form
    where one may come, and aiohttp's 413 for too large a body.

    A `FormCommand` may come as a form, too, and a `QueryCommand` in the query, beside a form or
    without a body. All must have come after `seconds`.
    """
    seconds = seconds or BODY_SECONDS
    kind = request.content_type
    if in_query(request, schema) or (kind in FORMS and issubclass(schema, FormCommand)):
        return await _form(request, schema, seconds)
    if kind not in JSON and (request.can_read_body or request.get(FORM)):
        raise Problem(
            415,
            "Unsupported Media Type",
            f"send JSON with `Content-Type: application/json`, not {kind}",
        )
    if request.content.is_eof():  # as what is small has come with its head: nothing to wait for
        sent = await request.read()
    else:
        async with _received_within(seconds):
            sent = await request.read()
    try:
        return msgspec.json.decode(sent, type=schema)
    except UNREADABLE as error:
        raise invalid(f"body: {error}") from error


def in_query(request: web.Request, schema: type[Any] | None) -> bool:
    """Whether what stands behind the question mark is of the body."""
    if schema is None or not issubclass(schema, QueryCommand):
        return False
    return request.content_type in FORMS or not request.can_read_body


async def _form(request: web.Request, schema: type[Schema], seconds: float) -> Schema:
    """A field that is given several times is a list."""
    sent: list[Field] = []
    if FORM in request or request.can_read_body:
        async with _received_within(seconds):
            is_multipart = request.content_type == MULTIPART
            form = await (request.read() if is_multipart else _encoded_form(request))
        sent += fields(request, form)
    if in_query(request, schema):
        sent += query_fields(request)
    given: dict[str, list[str | bytes]] = {}
    for name, value in sent:
        given.setdefault(name, []).append(value)
    try:
        return msgspec.convert(
            {name: values if len(values) > 1 else values[0] for name, values in given.items()},
            schema,
            strict=False,
        )
    except msgspec.ValidationError as error:
        raise invalid(f"body: {error}") from error


@asynccontextmanager
async def _received_within(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise Problem(
            408, "Request Timeout", f"the body did not come within {seconds:g} s"
        ) from error
