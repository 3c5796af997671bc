"""The one place that knows the Elasticsearch client."""

import logging
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias, cast

import msgspec
from elastic_transport import JsonSerializer
from elasticsearch import (
    ApiError,
    AsyncElasticsearch,
    NotFoundError,
    TransportError,
)

Document: TypeAlias = dict[str, Any]
Elasticsearch: TypeAlias = AsyncElasticsearch

logging.getLogger("elastic_transport.transport").setLevel(logging.WARNING)
"""Else it writes a line for each request."""

REQUEST_SECONDS = 10.0
CONNECTIONS = 32
CONFLICTS = 20
"""Updates of one document that meet are tried again so often."""

NOBODY = "0"
"""The name of no document."""

EXISTS = "resource_already_exists_exception"
CONFLICT = "version_conflict_engine_exception"
MISSING = "document_missing_exception"
_PASSING = {
    CONFLICT,
    "index_not_found_exception",
    "cluster_block_exception",
    "index_closed_exception",
    "security_exception",
    "strict_dynamic_mapping_exception",
}
"""An index that is lost, that takes nothing, as on a full disk, that an operator has closed, or
that another version has made: no document is the reason."""
_NO_POINT = {"illegal_argument_exception", "x_content_parse_exception"}
"""What a text that names no point in time is refused with, before any shard is asked."""
_GONE = {"search_context_missing_exception", "index_not_found_exception"}
_PASSING_STATUS = {408, 429, *range(500, 600)}
"""Elasticsearch is overloaded, or has failed: a shard that moves, a full disk, a node that ends."""


class SearchAway(Exception):
    """Elasticsearch is overloaded, starting, or lost an index: it passes."""


class PointInTimeGone(Exception):
    """It was opened too long ago, its index was dropped, or it never was one."""


class BulkRefused(ValueError):
    """Elasticsearch will never take a document of this bulk; the text says why."""


TRANSIENT: tuple[type[Exception], ...] = (TransportError, SearchAway, OSError, TimeoutError)
"""A missing index is among them: whoever feeds a view prepares it again before a retry."""


class _Json(JsonSerializer):
    """Some four times as fast as the client's own."""

    def json_dumps(self, data: Any) -> bytes:
        return msgspec.json.encode(data)

    def json_loads(self, data: bytes) -> Any:
        return msgspec.json.decode(data)


def connect(url: str) -> Elasticsearch:
    """A client whose every request is over in `REQUEST_SECONDS`; it connects when first used."""
    return AsyncElasticsearch(
        url,
        request_timeout=REQUEST_SECONDS,
        connections_per_node=CONNECTIONS,
        max_retries=0,
        serializer=_Json(),
    )


@contextmanager
def passing() -> Iterator[None]:
    """Turns the errors that pass by themselves into `SearchAway`."""
    try:
        yield
    except ApiError as error:
        if _passes(error.status_code, _kind(error)):
            raise SearchAway(f"{error.status_code} {_kind(error)}") from error
        raise


def _passes(status: int, kind: str) -> bool:
    return status in _PASSING_STATUS or kind in _PASSING


def _kind(error: ApiError) -> str:
    return str(_said(error).get("type", ""))


def _root_causes(error: ApiError) -> set[str]:
    """The types of what shards refused for."""
    return {str(cause.get("type", "")) for cause in _said(error).get("root_cause", ())}


def _said(error: ApiError) -> Document:
    body = error.body
    found = body.get("error") if isinstance(body, dict) else None
    return found if isinstance(found, dict) else {}


async def exist(client: Elasticsearch, *indexes: str) -> bool:
    """Whether all of them do."""
    with passing():
        return bool(await client.indices.exists(index=",".join(indexes)))


async def identities(client: Elasticsearch, *indexes: str) -> list[str]:
    """By which an index differs from one of the same name that was there before it.

    Raises `SearchAway` when one of them is lost.
    """
    with passing():
        found = await client.indices.get_settings(index=",".join(indexes), name="index.uuid")
    return [found.body[index]["settings"]["index"]["uuid"] for index in indexes]


async def noted(client: Elasticsearch, index: str) -> Document | None:
    """What the index was created with as `_meta`; None when it is not there."""
    with passing():
        try:
            found = await client.indices.get_mapping(index=index)
        except NotFoundError:
            return None
    meta: Document = found.body[index]["mappings"].get("_meta", {})
    return meta


async def note(client: Elasticsearch, index: str, meta: Document) -> None:
    """As if it had been created with this."""
    with passing():
        await client.indices.put_mapping(index=index, meta=meta)


async def create(client: Elasticsearch, index: str, definition: Document) -> None:
    """Leaves one that is there as it is."""
    with passing():
        try:
            await client.indices.create(index=index, **definition)
        except ApiError as error:
            if _kind(error) != EXISTS:
                raise


async def adjust(client: Elasticsearch, index: str, settings: Document) -> None:
    """Settings that can change under an index in use."""
    with passing():
        await client.indices.put_settings(index=index, settings=settings)


async def drop(client: Elasticsearch, *indexes: str) -> None:
    with passing():
        await client.indices.delete(index=",".join(indexes), ignore_unavailable=True)


async def refresh(client: Elasticsearch, *indexes: str) -> None:
    """What was written before is found from here on."""
    with passing():
        await client.indices.refresh(index=",".join(indexes))


async def bulk(client: Elasticsearch, lines: bytes, *, expected: Set[tuple[str, str]]) -> set[str]:
    """Sends the lines of a bulk; of the errors, pairs of action and type, `expected` are none.

    Returns the names of the documents for which one of these came. Raises `SearchAway` when trying
    again helps, and otherwise `BulkRefused`.
    """
    refused: set[str] = set()
    if not lines:
        return refused
    with passing():
        answer = await client.bulk(
            operations=cast("Sequence[Document]", lines),  # the client sends bytes as they are
            filter_path="items.*._id,items.*.status,items.*.error",
        )
    for item in answer.body.get("items", ()):
        for action, outcome in item.items():
            if (error := outcome.get("error")) is None:
                continue
            kind, reason = error["type"], error.get("reason")
            if (action, kind) in expected:
                refused.add(outcome["_id"])
                continue
            if _passes(outcome["status"], kind):
                raise SearchAway(f"{action}: {kind}: {reason}")
            raise BulkRefused(f"{action}: {kind}: {reason}")
    return refused


async def search(client: Elasticsearch, index: str | None, body: Document) -> Document:
    """The answer. Without an index where `body` names a point in time.

    Raises `PointInTimeGone` when that is no more.
    """
    with passing():
        try:
            answer = await client.search(index=index, body=body)
        except ApiError as error:
            if "pit" in body and (_kind(error) in _NO_POINT or _GONE & _root_causes(error)):
                raise PointInTimeGone(_kind(error)) from error
            raise
    found: Document = answer.body
    return found


async def open_point_in_time(client: Elasticsearch, index: str, keep_alive: str) -> str:
    with passing():
        answer = await client.open_point_in_time(index=index, keep_alive=keep_alive)
    return str(answer.body["id"])


async def close_point_in_time(client: Elasticsearch, opened: str) -> None:
    """Harmless when it is gone."""
    with passing(), suppress(NotFoundError):
        await client.close_point_in_time(id=opened)


async def update(
    client: Elasticsearch,
    index: str,
    name: str,
    script: Document,
    upsert: Document,
    *,
    scripted: bool = False,
) -> Document:
    """The document as the script left it. Where there was none, `upsert` is written instead.

    With `scripted` the script runs on `upsert` too; empty where it then wants nothing written.
    """
    with passing():
        answer = await client.update(
            index=index,
            id=name,
            script=script,
            upsert=upsert,
            scripted_upsert=scripted,
            source=True,
            retry_on_conflict=CONFLICTS,
        )
    found: Document = answer.body["get"].get("_source", {})
    return found


async def documents(
    client: Elasticsearch, index: str, names: Sequence[str], *, beside: Sequence[str] = ()
) -> dict[str, Document]:
    """By name those that exist, as last written, refreshed or not.

    Raises `SearchAway` where the index, or one of those that must be there `beside` it, is not.
    """
    wanted = [{"_index": index, "_id": name} for name in names]
    witnesses = [{"_index": one, "_id": NOBODY} for one in beside]
    with passing():
        answer = await client.mget(docs=[*wanted, *witnesses])
    return _found(",".join([index, *beside]), answer.body["docs"])


async def refreshed(
    client: Elasticsearch, index: str, names: Sequence[str], field: str
) -> dict[str, Document]:
    """By name those that queries find, as they find them, and of each the field alone."""
    with passing():
        answer = await client.mget(index=index, ids=names, realtime=False, source_includes=[field])
    return _found(index, answer.body["docs"])


def _found(indexes: str, answers: Sequence[Document]) -> dict[str, Document]:
    if lost := next((one["error"]["type"] for one in answers if "error" in one), None):
        raise SearchAway(f"{indexes}: {lost}")
    return {one["_id"]: one["_source"] for one in answers if one["found"]}
