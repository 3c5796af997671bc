"""MongoDB in memory: what Motor's collections offer to the views."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, cast

from pymongo import ReplaceOne, UpdateOne
from pymongo.errors import AutoReconnect, BulkWriteError, DuplicateKeyError

from projections.mongo import DUPLICATE_KEY
from tests.simulation.fakes.mongo_documents import (
    Document,
    change,
    copied,
    inserted_by,
    matches,
    value_at,
)
from tests.simulation.wire import Wire

Step = Callable[[], bool]
"""One operation of a bulk: whether it met no duplicate."""


def away() -> Exception:
    return AutoReconnect("the simulation cut the connection")


class Updated(NamedTuple):
    matched_count: int


class MongoDatabase:
    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._collections: dict[str, MongoCollection] = {}
        self._created = 0

    def __getitem__(self, name: str) -> "MongoCollection":
        return self._collections.setdefault(name, MongoCollection(name, self))

    async def list_collections(self, **options: Mapping[str, Any]) -> AsyncIterator[Document]:
        names = options["filter"]["name"]["$in"]

        def effect() -> list[Document]:
            found = [one for name, one in self._collections.items() if name in names]
            return [{"name": one.name, "info": {"uuid": one.uuid}} for one in found if one.uuid]

        return _each(await self.wire.call(f"listCollections {names}", effect))

    @property
    def names(self) -> list[str]:
        return list(self._collections)

    def wipe(self, lost: Iterable[str]) -> None:
        for name in lost:
            self._collections[name].drop()

    def new_uuid(self) -> bytes:
        self._created += 1
        return self._created.to_bytes(2)


class MongoCollection:
    """Is there from the first write, or its indexes, on."""

    def __init__(self, name: str, database: MongoDatabase) -> None:
        self.name = name
        self.database = database
        self.documents: dict[Any, Document] = {}
        self.indexes: set[str] = set()
        self.uuid: bytes | None = None
        self._wire = database.wire

    def drop(self) -> None:
        self.documents.clear()
        self.indexes.clear()
        self.uuid = None

    def find(
        self, wanted: Mapping[str, Any], projection: Mapping[str, int] | None = None
    ) -> "Cursor":
        return Cursor(partial(self._found, wanted, projection))

    async def find_one(self, wanted: Mapping[str, Any]) -> Document | None:
        return next(iter(await self._found(wanted, None)), None)

    async def insert_many(self, documents: Sequence[Document], *, ordered: bool) -> None:
        assert not ordered
        await self._bulk("insert_many", [partial(self._insert, copied(d)) for d in documents])

    async def bulk_write(
        self, operations: Sequence[UpdateOne | ReplaceOne[Any]], *, ordered: bool
    ) -> None:
        """None of those that are ordered may meet a duplicate."""
        steps = [partial(self._write, operation) for operation in operations]
        assert not (ordered and any(operation._upsert for operation in operations))
        await self._bulk("bulk_write", steps)

    async def update_one(
        self, wanted: Mapping[str, Any], update: Mapping[str, Any], *, upsert: bool = False
    ) -> Updated:
        def effect() -> Updated:
            matched = self._first(wanted) is not None
            if not self._update(wanted, update, upsert):
                raise DuplicateKeyError("inserted by somebody else just now")
            return Updated(int(matched))

        return await self._wire.call(f"{self.name}.update_one {wanted} {update}", effect)

    async def update_many(self, wanted: Mapping[str, Any], update: Mapping[str, Any]) -> None:
        def effect() -> None:
            for found in self._all(wanted):
                change(found, update)

        await self._wire.call(f"{self.name}.update_many {wanted} {update}", effect)

    async def delete_one(self, wanted: Mapping[str, Any]) -> None:
        def effect() -> None:
            if (found := self._first(wanted)) is not None:
                del self.documents[found["_id"]]

        await self._wire.call(f"{self.name}.delete_one {wanted}", effect)

    async def delete_many(self, wanted: Mapping[str, Any]) -> None:
        def effect() -> None:
            for found in self._all(wanted):
                del self.documents[found["_id"]]

        await self._wire.call(f"{self.name}.delete_many {wanted}", effect)

    async def create_indexes(self, indexes: Sequence[Any]) -> None:
        names = {one.document["name"] for one in indexes}

        def effect() -> None:
            self._exist()
            self.indexes.update(names)

        await self._wire.call(f"{self.name}.create_indexes", effect)

    async def index_information(self) -> Document:
        return await self._wire.call(
            f"{self.name}.index_information", lambda: dict.fromkeys(self.indexes)
        )

    async def _found(
        self, wanted: Mapping[str, Any], projection: Mapping[str, int] | None
    ) -> list[Document]:
        def effect() -> list[Document]:
            found = [copied(document) for document in self._all(wanted)]
            return found if projection is None else [_projected(d, projection) for d in found]

        return await self._wire.call(f"{self.name}.find {wanted}", effect)

    async def _bulk(self, what: str, steps: Sequence[Step]) -> None:
        done = await self._wire.run(f"{self.name}.{what} of {len(steps)}", steps)
        failed = [
            {"index": index, "code": DUPLICATE_KEY} for index, fine in enumerate(done) if not fine
        ]
        if failed:
            raise BulkWriteError({"writeErrors": failed, "writeConcernErrors": []})

    def _all(self, wanted: Mapping[str, Any]) -> list[Document]:
        return [d for d in self._perhaps(wanted) if matches(d, wanted)]

    def _first(self, wanted: Mapping[str, Any]) -> Document | None:
        return next(iter(self._all(wanted)), None)

    def _perhaps(self, wanted: Mapping[str, Any]) -> list[Document]:
        match wanted.get("_id"):
            case {"$in": names}:
                return [self.documents[name] for name in names if name in self.documents]
            case None | {}:
                return list(self.documents.values())
            case name:
                return [self.documents[name]] if name in self.documents else []

    def _exist(self) -> None:
        if self.uuid is None:
            self.uuid = self.database.new_uuid()

    def _insert(self, document: Document) -> bool:
        self._exist()
        if document["_id"] in self.documents:
            return False
        self.documents[document["_id"]] = document
        return True

    def _write(self, operation: UpdateOne | ReplaceOne[Any]) -> bool:
        wanted, new = operation._filter, cast("Document", operation._doc)
        if isinstance(operation, UpdateOne):
            return self._update(wanted, new, bool(operation._upsert))
        if (found := self._first(wanted)) is not None:
            self.documents[found["_id"]] = copied(new)
        return True

    def _update(self, wanted: Mapping[str, Any], update: Mapping[str, Any], upsert: bool) -> bool:
        found = self._first(wanted)
        if found is not None:
            change(found, update)
        elif upsert:
            return self._insert(inserted_by(wanted, update))
        return True


class Cursor:
    def __init__(self, found: Callable[[], Any]) -> None:
        self._found = found
        self._order: tuple[str, int] | None = None
        self._limit: int | None = None

    def sort(self, field: str, direction: int) -> "Cursor":
        self._order = field, direction
        return self

    def limit(self, limit: int) -> "Cursor":
        self._limit = limit
        return self

    async def __aiter__(self) -> AsyncIterator[Document]:
        found: list[Document] = await self._found()
        if self._order is not None:
            field, direction = self._order
            found.sort(key=lambda document: value_at(document, field), reverse=direction < 0)
        for document in found[: self._limit]:
            yield document


async def _each(documents: list[Document]) -> AsyncIterator[Document]:
    for document in documents:
        yield document


def _projected(document: Document, projection: Mapping[str, int]) -> Document:
    """`_id` comes unasked. A path shows what lies below it, in its place."""
    shown: Document = {"_id": document["_id"]}
    for path in projection:
        value = value_at(document, path)
        outer, _, name = path.partition(".")
        if name and outer in document:
            shown.setdefault(outer, {})
            if name in document[outer]:
                shown[outer][name] = value
        elif outer in document:
            shown[outer] = value
    return shown
