"""What the OpenAPI document says of what endpoints take: paths, queries and bodies."""

import re
from collections.abc import Iterable
from typing import Any

from msgspec.structs import FieldInfo, fields

from gateway.forms import MULTIPART, URLENCODED
from gateway.open_paths import JSON
from schemas.api.base import Command, FormCommand, Query, QueryCommand

Document = dict[str, Any]

ID_SCHEMA: Document = {"type": "string", "pattern": "^[0-9]{1,19}$"}
PATH_PARAMETERS: dict[str, Document] = {
    "username": {"type": "string", "pattern": "^[A-Za-z0-9_]{1,15}$"},
    "media_key": {"type": "string", "pattern": "^[0-9]{1,2}_[0-9]{1,39}$"},
}
"""What stands in a path, where it is no id."""

FILE: Document = {"type": "string", "format": "binary"}
_in_path = re.compile(r"\{(\w+)\}").findall


def bodies(command: type[Command], schema: Document, components: Document) -> Document:
    """The schema of a body for each type in which it may come."""
    if not issubclass(command, FormCommand):
        return {JSON: schema}
    described = components[command.__name__]
    texts = _properties(fields(command), described)
    files = {name: FILE if "contentEncoding" in kind else kind for name, kind in texts.items()}
    return {
        JSON: schema,
        MULTIPART: {**described, "properties": files},
        URLENCODED: {**described, "properties": texts},
    }


def path_parameters(path: str) -> list[Document]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": PATH_PARAMETERS.get(name, ID_SCHEMA),
        }
        for name in _in_path(path)
    ]


def query_parameters(query: type[Query | QueryCommand], components: Document) -> list[Document]:
    """Of a `QueryCommand` all but the files, which only a form can hold."""
    given = fields(query)
    schemas = _properties(given, components[query.__name__])
    return [
        {
            "name": field.encode_name,
            "in": "query",
            "required": field.required,
            "schema": schemas[field.encode_name],
        }
        for field in given
        if "contentEncoding" not in schemas[field.encode_name]
    ]


def _properties(given: Iterable[FieldInfo], described: Document) -> Document:
    """What each is when it is there; as text it cannot be null."""
    return {
        field.encode_name: _given(described["properties"][field.encode_name]) for field in given
    }


def _given(schema: Document) -> Document:
    """Of what may be left out, what it is when it is there."""
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind != {"type": "null"}]
    return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
