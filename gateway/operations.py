"""What the OpenAPI document says of one endpoint."""

from http import HTTPStatus

from msgspec import Struct

from gateway.endpoints import Endpoint
from gateway.open_paths import BEARER, JSON, OAUTH, OAUTH2, TEXT, OpenPath
from gateway.taken import Document, bodies, path_parameters, query_parameters
from schemas.api.answers import Includes, Page, PartialError, ProblemObject
from schemas.api.base import Command, QueryCommand

REF = "#/components/schemas/{name}"

CONTENTS: dict[str, Document] = {JSON: {"type": "object"}, TEXT: {"type": "string"}}
"""By type; of other types nothing is said."""


def operation_of(endpoint: Endpoint, known: Document, components: Document) -> Document:
    """`known` are the schemas of types by name, `components` what they refer to."""
    data = known[str(endpoint.answers)]
    answer = data if endpoint.bare or endpoint.endless else _envelope(data, endpoint.meta)
    lines = "; one of these a line, without end" if endpoint.endless else ""
    command = endpoint.command
    spread = command if command is not None and issubclass(command, QueryCommand) else None
    asked = endpoint.query or spread
    queried = query_parameters(asked, components) if asked else []
    operation: Document = {
        "operationId": endpoint.handler.__name__,
        "summary": _summary(endpoint.handler),
        "parameters": [*path_parameters(endpoint.path), *queried],
        "responses": {
            **{
                str(status): _response(status, {} if status == 204 else {JSON: answer}, lines)
                for status in endpoint.statuses
            },
            "default": _problem(),
        },
    }
    if endpoint.scopes is not None:
        own: list[Document] = [{BEARER: []}, {OAUTH: []}]
        operation["security"] = [*own, {OAUTH2: sorted(endpoint.scopes)}]
    return operation | _body(command, known, components)


def open_operation_of(path: OpenPath, known: Document, components: Document) -> Document:
    queried = query_parameters(path.query, components) if path.query else []
    operation: Document = {
        "operationId": path.name,
        "summary": _summary(path.handler),
        "parameters": [*path_parameters(path.path), *queried],
        "responses": {
            **{
                str(status): _response(status, {kind: CONTENTS.get(kind, {}) for kind in kinds})
                for status, kinds in path.answers.items()
            },
            "default": _problem(),
        },
        "security": [
            *([{path.scheme: []}] if path.scheme else []),
            *([{}] if path.may_be_nobody else []),
        ],
    }
    return operation | _body(path.command, known, components)


def _body(command: type[Command] | None, known: Document, components: Document) -> Document:
    if command is None:
        return {}
    sent = bodies(command, known[str(command)], components)
    required = not issubclass(command, QueryCommand)
    return {"requestBody": {"required": required, "content": _content(sent)}}


def _summary(handler: object) -> str:
    return (handler.__doc__ or "").partition("\n")[0]


def _content(schemas: Document) -> Document:
    return {kind: {"schema": schema} for kind, schema in schemas.items()}


def _response(status: int, schemas: Document, more: str = "") -> Document:
    described: Document = {"description": f"{HTTPStatus(status).phrase}{more}"}
    return {**described, "content": _content(schemas)} if schemas else described


def _problem() -> Document:
    return {
        "description": "What went wrong (RFC 9457)",
        "content": _content({"application/problem+json": _ref(ProblemObject)}),
    }


def _envelope(data: Document, meta: type[Page] | None) -> Document:
    """What is around the data of most 2xx answers; a page without anything on it has no `data`."""
    properties = {
        "data": data,
        "includes": _ref(Includes),
        "errors": {"type": "array", "items": _ref(PartialError)},
    }
    if meta is not None:
        properties["meta"] = _ref(meta)
    return {"type": "object", "properties": properties}


def _ref(kind: type[Struct]) -> Document:
    return {"$ref": REF.format(name=kind.__name__)}
