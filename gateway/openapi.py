"""The OpenAPI 3.1 document of the gateway, made from what its endpoints declare."""

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from aiohttp import web
from msgspec import Struct, json
from msgspec.structs import fields

from gateway.endpoints import Endpoint
from schemas.api import Includes, Page, PartialError, ProblemObject

PATH = "/2/openapi.json"
VERSION = "2"
REF = "#/components/schemas/{name}"

Document = dict[str, Any]

ID_SCHEMA: Document = {"type": "string", "pattern": "^[0-9]{1,19}$"}
PATH_PARAMETERS: dict[str, Document] = {
    "username": {"type": "string", "pattern": "^[A-Za-z0-9_]{1,15}$"},
    "media_key": {"type": "string", "pattern": "^[0-9]{1,2}_[0-9]{1,39}$"},
}
"""What stands in a path, where it is no id."""

_in_path = re.compile(r"\{(\w+)\}").findall


def route_of(endpoints: Iterable[Endpoint]) -> web.RouteDef:
    """Serves the document of `endpoints`, which needs no token."""
    body = json.encode(document_of(endpoints))

    async def document(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    return web.get(PATH, document)


def document_of(endpoints: Iterable[Endpoint]) -> Document:
    described = list(endpoints)
    envelope = [Includes, Page, PartialError, ProblemObject]
    types = [kind for endpoint in described for kind in _types(endpoint)]
    schemas, components = json.schema_components([*envelope, *types], ref_template=REF)
    known = dict(zip(map(str, [*envelope, *types]), schemas, strict=True))
    queries = {endpoint.query.__name__ for endpoint in described if endpoint.query}
    paths: Document = {}
    for endpoint in described:
        operation = _operation(endpoint, known, components)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "birdlog",
            "version": VERSION,
            "description": "Twitter on a log, in the shapes of X API v2.",
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {name: c for name, c in components.items() if name not in queries},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"bearer": []}],
    }


def _types(endpoint: Endpoint) -> list[Any]:
    return [kind for kind in (endpoint.query, endpoint.command, endpoint.answers) if kind]


def _operation(endpoint: Endpoint, known: Document, components: Document) -> Document:
    answer = _answer(known[str(endpoint.answers)])
    operation: Document = {
        "operationId": endpoint.handler.__name__,
        "summary": (endpoint.handler.__doc__ or "").partition("\n")[0],
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint, components)],
        "responses": {
            **{str(status): _answered(status, answer) for status in endpoint.statuses},
            "default": {
                "description": "What went wrong (RFC 9457)",
                "content": {
                    "application/problem+json": {
                        "schema": {"$ref": REF.format(name="ProblemObject")}
                    }
                },
            },
        },
    }
    if endpoint.command is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": known[str(endpoint.command)]}},
        }
    return operation


def _answered(status: int, answer: Document) -> Document:
    return {
        "description": HTTPStatus(status).phrase,
        "content": {"application/json": {"schema": answer}},
    }


def _path_parameters(endpoint: Endpoint) -> list[Document]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": PATH_PARAMETERS.get(name, ID_SCHEMA),
        }
        for name in _in_path(endpoint.path)
    ]


def _query_parameters(endpoint: Endpoint, components: Document) -> list[Document]:
    if endpoint.query is None:
        return []
    described = components[endpoint.query.__name__]
    return [
        {
            "name": field.encode_name,
            "in": "query",
            "required": field.required,
            "schema": _given(described["properties"][field.encode_name]),
        }
        for field in fields(endpoint.query)
    ]


def _given(schema: Document) -> Document:
    """Of a parameter that may be left out, what it is when it is there."""
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind != {"type": "null"}]
    return kinds[0] if len(kinds) == 1 else {"anyOf": kinds}


def _answer(data: Document) -> Document:
    """The envelope of every 2xx answer; a page without anything on it has no `data`."""
    return {
        "type": "object",
        "properties": {
            "data": data,
            "includes": _ref(Includes),
            "errors": {"type": "array", "items": _ref(PartialError)},
            "meta": _ref(Page),
        },
    }


def _ref(kind: type[Struct]) -> Document:
    return {"$ref": REF.format(name=kind.__name__)}
