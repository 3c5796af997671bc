"""Elasticsearch in memory: what its client offers to the search view."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import msgspec
from elastic_transport import ConnectionError as SearchCut

from tests.simulation.fakes.elasticsearch_documents import NO_INDEX, Document, Documents, copied
from tests.simulation.wire import Wire


def away() -> Exception:
    return SearchCut("the simulation cut the connection")


class Answer(NamedTuple):
    body: Document


class ElasticsearchClient:
    def __init__(self, wire: Wire) -> None:
        self.documents = Documents()
        self.indices = Indices(self.documents, wire)
        self._wire = wire

    def wipe(self, names: Sequence[str]) -> None:
        for name in names:
            self.documents.drop(name)

    async def bulk(self, *, operations: bytes, filter_path: str) -> Answer:
        assert filter_path == "items.*._id,items.*.status,items.*.error"
        pairs = list(_pairs(operations))
        steps = [partial(self.documents.operate, *pair) for pair in pairs]
        shown = " ".join(f"{action} {how['_id']}" for action, how, _ in pairs)
        kinds = await self._wire.run(f"bulk {shown}", steps)
        items = [
            {
                action: {
                    "_id": how["_id"],
                    **({"error": {"type": kind}, "status": 409} if kind else {}),
                }
            }
            for (action, how, _), kind in zip(pairs, kinds, strict=True)
        ]
        return Answer({"items": items})

    async def update(
        self,
        *,
        index: str,
        id: str,  # noqa: A002 - the client's own name
        script: Document,
        upsert: Document,
        scripted_upsert: bool,
        source: bool,
        retry_on_conflict: int,
    ) -> Answer:
        def effect() -> Answer:
            held = self.documents.index(index)
            new = id not in held.documents
            if new:
                held.put(id, copied(upsert))
            if not new or scripted_upsert:
                before = held.versions[id]
                self.documents.script(held, id, script)
                if new and held.versions[id] == before:  # the script wants nothing written
                    del held.documents[id], held.versions[id]
                    return Answer({"get": {}})
            return Answer({"get": {"_source": copied(held.documents[id])}})

        return await self._wire.call(f"update {id} {script['params']}", effect)

    async def mget(
        self,
        *,
        docs: Sequence[Document] | None = None,
        index: str = "",
        ids: Sequence[str] = (),
        realtime: bool = True,
        source_includes: Sequence[str] | None = None,
    ) -> Answer:
        """All is refreshed at once here, and whole documents are more than was asked for."""
        wanted = [(one["_index"], one["_id"]) for one in docs or ()] or [(index, n) for n in ids]

        def effect() -> Answer:
            return Answer({"docs": [self._document(*one) for one in wanted]})

        return await self._wire.call(f"mget {' '.join(name for _, name in wanted)}", effect)

    def _document(self, index: str, name: str) -> Document:
        if index not in self.documents.names:
            return {"_id": name, "error": {"type": NO_INDEX}}
        held = self.documents.index(index).documents
        if name not in held:
            return {"_id": name, "found": False}
        return {"_id": name, "found": True, "_source": copied(held[name])}

    async def open_point_in_time(self, *, index: str, keep_alive: str) -> Answer:
        return await self._wire.call(f"open {index}", lambda: Answer({"id": index}))

    async def close_point_in_time(self, *, id: str) -> None:  # noqa: A002
        await self._wire.call(f"close {id}", lambda: None)

    async def search(self, *, index: None, body: Document) -> Answer:
        """Everything on the first page: nobody writes while a point in time is open here."""

        def effect() -> Answer:
            held = self.documents.index(body["pit"]["id"]).documents
            hits = [
                {"_id": name, "_source": copied(document), "sort": [place]}
                for place, (name, document) in enumerate(held.items())
            ]
            return Answer({"hits": {"hits": [] if "search_after" in body else hits}})

        return await self._wire.call("search", effect)


class Indices:
    def __init__(self, documents: Documents, wire: Wire) -> None:
        self._documents = documents
        self._wire = wire

    async def create(self, *, index: str, settings: Document, mappings: Document) -> None:
        effect = partial(self._documents.create, index, mappings.get("_meta", {}))
        await self._wire.call(f"create {index}", effect)

    async def exists(self, *, index: str) -> bool:
        wanted = set(index.split(","))
        return await self._wire.call(f"exist {index}", lambda: wanted <= {*self._documents.names})

    async def delete(self, *, index: str, ignore_unavailable: bool) -> None:
        def effect() -> None:
            for name in index.split(","):
                self._documents.drop(name)

        assert ignore_unavailable
        await self._wire.call(f"delete {index}", effect)

    async def get_settings(self, *, index: str, name: str) -> Answer:
        def effect() -> Answer:
            uuids = {one: self._documents.index(one).uuid for one in index.split(",")}
            return Answer({one: {"settings": {"index": {"uuid": u}}} for one, u in uuids.items()})

        assert name == "index.uuid"
        return await self._wire.call(f"identities {index}", effect)

    async def get_mapping(self, *, index: str) -> Answer:
        def effect() -> Answer:
            return Answer({index: {"mappings": {"_meta": self._documents.index(index).meta}}})

        return await self._wire.call(f"noted {index}", effect)

    async def put_mapping(self, *, index: str, meta: Document) -> None:
        def effect() -> None:
            self._documents.index(index).meta = meta

        await self._wire.call(f"note {index}", effect)

    async def put_settings(self, *, index: str, settings: Document) -> None:
        await self._wire.call(f"adjust {index}", partial(self._documents.index, index))

    async def refresh(self, *, index: str) -> None:
        await self._wire.call(f"refresh {index}", lambda: None)


def _pairs(operations: bytes) -> Iterator[tuple[str, Document, Document]]:
    lines = operations.splitlines()
    for action, body in zip(lines[::2], lines[1::2], strict=True):
        [(name, how)] = msgspec.json.decode(action).items()
        yield name, how, msgspec.json.decode(body)
