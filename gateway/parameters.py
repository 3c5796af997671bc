"""Query strings and bodies, checked against their schemas."""

import asyncio
import base64
import binascii
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web
from aiohttp.http import HttpProcessingError

from events.codec import UNREADABLE
from gateway.problems import Problem, invalid
from schemas.api.base import Fields, FormCommand
from schemas.api.lists import ListLookup
from schemas.fields import (
    CARRIED,
    EXPANSIONS,
    LIST_FIELDS,
    MEDIA_FIELDS,
    PLACE_FIELDS,
    POLL_FIELDS,
    TWEET_FIELDS,
    USER_FIELDS,
)
from schemas.ids import MAX_ID

Schema = TypeVar("Schema", bound=msgspec.Struct)

MAX_BODY_BYTES = 65_536
BODY_SECONDS = 10.0
MULTIPART, URLENCODED = FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
JSON = ("application/json", "application/octet-stream")
"""The second stands for a body that does not say what it is."""

ID = re.compile("[0-9]{1,19}")


def query(request: web.Request, schema: type[Schema]) -> Schema:
    """Raises a 400 `Problem` that names the parameter."""
    parameters: Schema = _query(request.rel_url.raw_query_string, schema)
    return parameters


@lru_cache(maxsize=1_024)
def _query(sent: str, schema: type[Schema]) -> Schema:
    """Programs send the same few query strings over and over."""
    pairs = parse_qsl(sent, keep_blank_values=True)
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        raise invalid("a query parameter is given twice")
    try:
        return msgspec.convert(parameters, schema, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(f"query: {error}") from error


async def body(request: web.Request, schema: type[Schema], seconds: float | None = None) -> Schema:
    """Raises a 400 `Problem` that says what is wrong, a 415 one for what is neither JSON nor a form
    where one may come, and aiohttp's 413 for too large a body.

    A `FormCommand` may come as a form, too. All must have come after `seconds`.
    """
    seconds = seconds or BODY_SECONDS
    kind = request.content_type
    if kind in FORMS and issubclass(schema, FormCommand):
        return await _form(request, schema, seconds)
    if kind not in JSON and request.can_read_body:
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


async def _form(request: web.Request, schema: type[Schema], seconds: float) -> Schema:
    """A field that is given several times is a list."""
    try:
        async with _received_within(seconds):
            sent = await request.post()
    except _MALFORMED as error:
        raise invalid(f"body: this is no such form: {error}") from error
    except LookupError as error:
        raise Problem(415, "Unsupported Media Type", f"body: {error}") from error
    given: dict[str, list[Any]] = {}
    for name, value in sent.items():
        given.setdefault(name, []).append(
            _whole(value) if isinstance(value, web.FileField) else value
        )
    fields = {name: values if len(values) > 1 else values[0] for name, values in given.items()}
    try:
        return msgspec.convert(fields, schema, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(f"body: {error}") from error


_MALFORMED = (ValueError, RuntimeError, HttpProcessingError)
"""What aiohttp raises for forms, beside LookupError for a charset that is none."""


def _whole(sent: web.FileField) -> bytes:
    with sent.file as file:
        return file.read()


@asynccontextmanager
async def _received_within(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise Problem(
            408, "Request Timeout", f"the body did not come within {seconds:g} s"
        ) from error


def id_in_path(request: web.Request, name: str) -> int:
    """Raises a 400 `Problem` when it is no id."""
    return id_of(request.match_info[name], name)


def id_of(text: str, parameter: str) -> int:
    """Raises a 400 `Problem` when it is none."""
    if not ID.fullmatch(text) or (number := int(text)) > MAX_ID:
        raise invalid(f"{parameter}: {text[:40]!r} is no id: expected up to 19 digits")
    return number


def ids_of(text: str) -> list[int]:
    """Each id once, in the order given."""
    return list(dict.fromkeys(id_of(part, "ids") for part in text.split(",")))


def token_after(place: int) -> str:
    """The token of the page that begins below the id `place`."""
    return base64.urlsafe_b64encode(place.to_bytes(8)).decode().rstrip("=")


def place_of(token: str | None) -> int:
    """Raises a 400 `Problem` for a token that is not one of ours."""
    if token is None:
        return MAX_ID
    place = _decoded(token)
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
    place = _decoded(token) if token is not None else None
    if place is not None and NEWER <= place < NEWER + MAX_ID:  # nothing is newer than the last
        return place - NEWER, True
    return place_of(token), False


def _decoded(token: str) -> int | None:
    try:
        place = base64.b64decode(token + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return int.from_bytes(place) if len(place) == 8 else None


def time_ms(text: str, parameter: str) -> int:
    """Milliseconds since the Unix epoch of an RFC 3339 time. Raises a 400 `Problem`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(f"{parameter}: {text!r} is no time: YYYY-MM-DDTHH:MM:SSZ") from error
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


class Wanted(msgspec.Struct, frozen=True):
    """The fields and expansions a request asks for, of what was made by ids lower than `before`.

    All that X knows are accepted; those that no view here holds are left out of the answer, as X
    leaves out what a tweet does not have. An expansion brings the field along that holds its ids.
    """

    tweet: frozenset[str]
    user: frozenset[str]
    expansions: frozenset[str]
    media: frozenset[str] = frozenset()
    poll: frozenset[str] = frozenset()
    before: int | None = None


def wanted(fields: Fields) -> Wanted:
    """Raises a 400 `Problem` that names a field which X does not know."""
    return _wanted(
        fields.tweet_fields,
        fields.post_fields,
        fields.user_fields,
        fields.expansions,
        fields.media_fields,
        fields.poll_fields,
        fields.place_fields,
    )


def wanted_of_lists(fields: ListLookup) -> frozenset[str]:
    """Raises a 400 `Problem` that names a field which X does not know."""
    expanded = _names("expansions", fields.expansions, EXPANSIONS)
    return _names("list.fields", fields.list_fields, LIST_FIELDS) | (expanded & LIST_FIELDS)


@lru_cache(maxsize=1_024)
def _wanted(
    tweet: str | None,
    post: str | None,
    user: str | None,
    expansions: str | None,
    media: str | None,
    poll: str | None,
    place: str | None,
) -> Wanted:
    _names("place.fields", place, PLACE_FIELDS)
    expanded = _names("expansions", expansions, EXPANSIONS)
    return Wanted(
        _names("tweet.fields", tweet, TWEET_FIELDS).union(
            _names("post.fields", post, TWEET_FIELDS),
            *(CARRIED.get(name, ()) for name in expanded),
        ),
        _names("user.fields", user, USER_FIELDS) | (expanded & USER_FIELDS),
        expanded,
        _names("media.fields", media, MEDIA_FIELDS),
        _names("poll.fields", poll, POLL_FIELDS),
    )


def _names(parameter: str, value: str | None, known: frozenset[str]) -> frozenset[str]:
    names = frozenset(value.split(",")) if value else frozenset()
    if unknown := names - known:
        raise invalid(f"{parameter}: {sorted(unknown)[0]!r} is no field")
    return names
