"""The OpenAPI 3.1 document of the gateway, made from what its endpoints declare."""

from collections.abc import Iterable
from typing import Any

from aiohttp import web
from msgspec import json

from gateway.endpoints import Endpoint
from gateway.open_paths import BASIC, OpenPath
from gateway.operations import REF, open_operation_of, operation_of
from gateway.state import gateway_of
from gateway.taken import Document
from schemas.api.answers import Includes, PartialError, ProblemObject

PATH = "/2/openapi.json"
VERSION = "2"
BEARER, OAUTH = "bearer", "oauth"
"""As the registry of HTTP authentication schemes names them; the second is RFC 5849."""


def route_of(endpoints: Iterable[Endpoint], open_paths: Iterable[OpenPath]) -> web.RouteDef:
    """Serves the document of these, which needs no token. Raises a 429 `Problem`."""
    body = json.encode(document_of(endpoints, open_paths))

    async def document(request: web.Request) -> web.Response:
        await gateway_of(request).limits.of_address(request)
        return web.Response(body=body, content_type="application/json")

    return web.get(PATH, document)


def document_of(endpoints: Iterable[Endpoint], open_paths: Iterable[OpenPath]) -> Document:
    described, opened = list(endpoints), list(open_paths)
    envelope = [Includes, PartialError, ProblemObject]
    types = [kind for endpoint in described for kind in _types(endpoint)]
    types += [path.command for path in opened if path.command]
    schemas, components = json.schema_components([*envelope, *types], ref_template=REF)
    known = dict(zip(map(str, [*envelope, *types]), schemas, strict=True))
    queries = {endpoint.query.__name__ for endpoint in described if endpoint.query}
    paths: Document = {}
    for endpoint in described:
        operation = operation_of(endpoint, known, components)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    for path in opened:
        paths[path.path] = {path.method.lower(): open_operation_of(path, known, components)}
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
            "securitySchemes": {
                name: {"type": "http", "scheme": name} for name in (BEARER, OAUTH, BASIC)
            },
        },
        "security": [{BEARER: []}, {OAUTH: []}],
    }


def _types(endpoint: Endpoint) -> list[Any]:
    told = (endpoint.query, endpoint.command, endpoint.answers, endpoint.meta)
    return [kind for kind in told if kind]
