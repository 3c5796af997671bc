"""What an Elasticsearch holds, and the single operations on it."""

from typing import Any

import msgspec
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from elasticsearch import ApiError, BadRequestError, NotFoundError

from projections.elasticsearch import CONFLICT, EXISTS, MISSING
from tests.simulation.fakes.painless import SCRIPTS

Document = dict[str, Any]
NO_INDEX = "index_not_found_exception"
_NODE = NodeConfig("http", "simulation", 0)


class Index:
    """Documents by id, with their versions."""

    def __init__(self, uuid: str, meta: Document) -> None:
        self.uuid = uuid
        self.meta = meta
        self.documents: dict[str, Document] = {}
        self.versions: dict[str, int] = {}

    def put(self, name: str, document: Document) -> None:
        self.documents[name] = document
        self.versions[name] = self.versions.get(name, 0) + 1


def refusal(status: int, kind: str) -> ApiError:
    meta = ApiResponseMeta(status, "1.1", HttpHeaders(), 0.0, _NODE)
    error = {404: NotFoundError, 400: BadRequestError}[status]
    return error(kind, meta, {"error": {"type": kind}})


def copied(document: Document) -> Document:
    copy: Document = msgspec.json.decode(msgspec.json.encode(document))
    return copy


class Documents:
    def __init__(self) -> None:
        self._indexes: dict[str, Index] = {}
        self._created = 0

    def create(self, name: str, meta: Document) -> None:
        if name in self._indexes:
            raise refusal(400, EXISTS)
        self._created += 1
        self._indexes[name] = Index(str(self._created), meta)

    def drop(self, name: str) -> None:
        self._indexes.pop(name, None)

    @property
    def names(self) -> list[str]:
        return list(self._indexes)

    def index(self, name: str) -> Index:
        if name not in self._indexes:
            raise refusal(404, NO_INDEX)
        return self._indexes[name]

    def operate(self, action: str, how: Document, body: Document) -> str | None:
        """One operation of a bulk: the type of its error."""
        if how["_index"] not in self._indexes:
            return NO_INDEX
        index, name = self._indexes[how["_index"]], how["_id"]
        match action:
            case "create":
                if name in index.documents:
                    return CONFLICT
                index.put(name, body)
            case "index":
                assert how["version_type"] == "external_gte"
                if index.versions.get(name, -1) > how["version"]:
                    return CONFLICT
                index.documents[name] = body
                index.versions[name] = how["version"]
            case "update":
                if name not in index.documents:
                    return MISSING
                self.script(index, name, body["script"])
            case _:
                raise NotImplementedError(action)
        return None

    def script(self, index: Index, name: str, script: Document) -> None:
        document = copied(index.documents[name])
        if SCRIPTS[script["source"]](document, script["params"]):
            index.put(name, document)
