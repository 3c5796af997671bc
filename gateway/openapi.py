"""The OpenAPI 3.1 document of the gateway, made from what its endpoints declare."""

from collections.abc import Iterable
from typing import Any

from aiohttp import web
from msgspec import json

from gateway.endpoints import Endpoint
from gateway.oauth2 import authorizing, exchanging
from gateway.open_paths import BASIC, BEARER, OAUTH, OAUTH2, OpenPath
from gateway.operations import REF, open_operation_of, operation_of
from gateway.state import gateway_of
from gateway.taken import Document
from schemas.api.answers import Includes, PartialError, ProblemObject
from schemas.scopes import SCOPES

PATH = "/2/openapi.json"
VERSION = "2"


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
    types += [kind for path in opened for kind in (path.query, path.command) if kind]
    schemas, components = json.schema_components([*envelope, *types], ref_template=REF)
    known = dict(zip(map(str, [*envelope, *types]), schemas, strict=True))
    asked = [*(one.query for one in described), *(path.query for path in opened)]
    queries = {query.__name__ for query in asked if query}
    paths: Document = {}
    for endpoint in described:
        operation = operation_of(endpoint, known, components)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    for path in opened:
        operation = open_operation_of(path, known, components)
        paths.setdefault(path.path, {})[path.method.lower()] = operation
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
                **{name: {"type": "http", "scheme": name} for name in (BEARER, OAUTH, BASIC)},
                OAUTH2: {"type": "oauth2", "flows": {"authorizationCode": _flow()}},
            },
        },
        "security": [{BEARER: []}, {OAUTH: []}],
    }


def _flow() -> Document:
    return {
        "authorizationUrl": authorizing.PATH,
        "tokenUrl": exchanging.TOKEN_PATH,
        "refreshUrl": exchanging.TOKEN_PATH,
        "scopes": dict(SCOPES),
    }


def _types(endpoint: Endpoint) -> list[Any]:
    told = (endpoint.query, endpoint.command, endpoint.answers, endpoint.meta)
    return [kind for kind in told if kind]
