"""Query strings and what stands in paths, checked against their schemas."""

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec
from aiohttp import web

from gateway.problems import invalid
from schemas.fields import NAMES
from schemas.ids import MAX_ID

Schema = TypeVar("Schema", bound=msgspec.Struct)

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
        converted = msgspec.convert(parameters, schema, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(f"query: {error}") from error
    for parameter, known in NAMES.items():
        if unknown := names(parameters.get(parameter)) - known:
            raise invalid(f"{parameter}: {min(unknown)!r} is no field")
    return converted


def names(value: str | None) -> frozenset[str]:
    """Of fields or expansions, as a parameter holds them."""
    return frozenset(value.split(",")) if value else frozenset()


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


def time_ms(text: str, parameter: str) -> int:
    """Milliseconds since the Unix epoch of an RFC 3339 time. Raises a 400 `Problem`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid(f"{parameter}: {text!r} is no time: YYYY-MM-DDTHH:MM:SSZ") from error
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)
