"""The collections of one generation of the counters.

`marks`    {_id: "family:user:tweet", s, o, kind, user, tweet, event, retweet?}
`posts`    {_id: tweet, s, o, author, quoted?, parent?, media?, deleted?}
`counts`   {_id: tweet or user, c: {"topic:partition": {s, o, likes?, …}, …}}

`o` is an offset: the state, or the counts of that partition, hold as of the events before it. `s`
is since when the store has held all of the partition, in us: what was written by somebody who knew
the store as it was before it lost its data is not counted on, and makes way.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, NamedTuple

from bson.int64 import Int64
from msgspec.structs import astuple
from pymongo import ASCENDING, DESCENDING, IndexModel, ReplaceOne, UpdateOne

from events.positions import Partition
from projections.checkpoints.mongo import Checkpoints
from projections.counters.counts import COUNTERS, Counts
from projections.counters.fold import EMPTY, Held, Register
from projections.counters.sources import Marked, Post, Source
from projections.mongo import Collection, Database, Document, Indexed, insert_new, write
from schemas.topics import Topic

STAMPS = ("s", "o")
MARKS = [
    IndexModel([(side, ASCENDING), ("kind", ASCENDING), ("event", DESCENDING)], name=f"by_{side}")
    for side in ("tweet", "user")
]


class Place(NamedTuple):
    """A partition, as the store has held it without a loss since then, in us."""

    partition: Partition
    since: int


class Collections:
    def __init__(self, database: Database, generation: int) -> None:
        self.marks: Collection = database[f"counters_g{generation}_marks"]
        self.posts: Collection = database[f"counters_g{generation}_posts"]
        self.counts: Collection = database[f"counters_g{generation}_counts"]
        self._checkpoints: Collection = database[f"counters_g{generation}_checkpoints"]
        data = [Indexed(self.marks, MARKS), Indexed(self.posts), Indexed(self.counts)]
        self.checkpoints = Checkpoints(self._checkpoints, data)

    async def create(self) -> None:
        self.checkpoints.sign()
        await self.checkpoints.create()

    async def drop(self) -> None:
        for collection in (self._checkpoints, self.counts, self.marks, self.posts):
            await collection.drop()

    async def place(self, partition: Partition, start: int) -> Place:
        """Raises `CheckpointBehind` unless everything before `start` is in the store."""
        await self.checkpoints.begin(partition, start)
        return Place(partition, await self.checkpoints.since(partition, start))

    async def states(
        self, sources: Iterable[Source], place: Place | None = None
    ) -> dict[Source, Held]:
        """With a place only those that can be counted on there."""
        marks: list[str] = []
        posts: list[Int64] = []
        for source in sources:
            if isinstance(source, str):
                marks.append(source)
            else:
                posts.append(Int64(source))
        found: dict[Source, Held] = {}
        if marks:
            async for document in self.marks.find({"_id": {"$in": marks}}):
                if _is_of(document, place):
                    found[document["_id"]] = Held(mark_from(document), int(document["o"]))
        if posts:
            async for document in self.posts.find({"_id": {"$in": posts}}):
                if _is_of(document, place):
                    found[int(document["_id"])] = Held(_post_from(document), int(document["o"]))
        return found

    async def put_states(
        self, place: Place, states: Mapping[Source, Held], known: Mapping[Source, Held]
    ) -> None:
        """Never takes the place of a newer state. `known` says which sources have one."""
        for collection, kind in ((self.marks, Marked), (self.posts, Post)):
            new: list[Document] = []
            old: list[Document] = []
            for source, held in states.items():
                if isinstance(held.state, kind):
                    (old if source in known else new).append(_state_document(place, held))
            old += await insert_new(collection, new)
            replacements = [ReplaceOne({"_id": d["_id"], **_older(d)}, d) for d in old]
            await write(collection, replacements, ordered=False)

    async def registers(self, place: Place, targets: Iterable[int]) -> dict[int, Register]:
        """By target, also the empty registers of targets that have others."""
        wanted = [Int64(target) for target in targets]
        if not wanted:
            return {}
        found = self.counts.find({"_id": {"$in": wanted}}, {f"c.{place.partition}": 1})
        return {
            int(document["_id"]): _register_from(
                place, document.get("c", {}).get(str(place.partition), {})
            )
            async for document in found
        }

    async def put_registers(
        self, place: Place, registers: Mapping[int, Register], known: Mapping[int, Register]
    ) -> None:
        """Never takes the place of a newer register. `known` says which targets have any."""
        where = f"c.{place.partition}"
        documents = {
            target: _register_document(place, register) for target, register in registers.items()
        }
        new: list[Document] = [
            {"_id": Int64(target), "c": {str(place.partition): document}}
            for target, document in documents.items()
            if target not in known
        ]
        raced = {int(document["_id"]) for document in await insert_new(self.counts, new)}
        updates = [
            UpdateOne(
                {"_id": Int64(target), **_older(document, f"{where}.")},
                {"$set": {where: document}},
            )
            for target, document in documents.items()
            if target in known or target in raced
        ]
        await write(self.counts, updates, ordered=False)

    async def totals(self, targets: Iterable[int], topic: Topic | None = None) -> dict[int, Counts]:
        """Of every target, also of those that have none; of one topic's events, if it is given."""
        totals = dict.fromkeys(targets, Counts())
        for target, registers in (await self._counted_on(totals)).items():
            of_topic = {
                partition: register
                for partition, register in registers.items()
                if topic is None or partition.startswith(f"{topic.name}:")
            }
            totals[target] = total_of(of_topic)
        return totals

    async def total_with(self, target: int, partition: Partition) -> tuple[Counts, int]:
        """The totals of the target, and before which offset of the partition they hold."""
        registers = (await self._counted_on([target])).get(target, {})
        return total_of(registers), int(registers.get(str(partition), {}).get("o", 0))

    async def _counted_on(self, targets: Iterable[int]) -> dict[int, dict[str, Document]]:
        """By target that has any, the registers by partition that are of the store as it is."""
        wanted = [Int64(target) for target in targets]
        if not wanted:
            return {}
        found = [document async for document in self.counts.find({"_id": {"$in": wanted}})]
        if not found:
            return {}
        partitions = {partition for document in found for partition in document.get("c", {})}
        held = await self.checkpoints.held_since(partitions)  # after what they may have lost
        return {
            int(document["_id"]): {
                partition: register
                for partition, register in document.get("c", {}).items()
                if int(register.get("s", 0)) == held.get(partition)
            }
            for document in found
        }

    async def rows(self) -> AsyncIterator[bytes]:
        """All that the log determines, whatever the bounds of the batches were."""
        async for document in self.counts.find({}):
            _, *counts = astuple(total_of(document.get("c", {})))
            if any(counts):
                yield f"{document['_id']} {counts}".encode()
        for collection in (self.marks, self.posts):
            async for document in collection.find({}):
                yield repr(sorted((k, v) for k, v in document.items() if k not in STAMPS)).encode()


def _is_of(document: Mapping[str, Any], place: Place | None) -> bool:
    return place is None or int(document.get("s", 0)) == place.since


def _older(document: Document, path: str = "") -> Document:
    """A filter for what the document may take the place of, at the path."""
    since, offset = document["s"], document["o"]
    return {
        "$or": [
            {f"{path}s": {"$not": {"$gte": since}}},
            {f"{path}s": since, f"{path}o": {"$lt": offset}},
        ]
    }


def total_of(by_partition: Mapping[str, Mapping[str, Any]]) -> Counts:
    """Registers name few of the counters, which are many."""
    totals: dict[str, int] = {}
    for register in by_partition.values():
        for name, value in register.items():
            totals[name] = totals.get(name, 0) + int(value)
    return Counts(totals.get("o", 0), *[totals.get(name, 0) for name in COUNTERS])


def mark_from(document: Mapping[str, Any]) -> Marked:
    return Marked(
        document["_id"].partition(":")[0],
        int(document["user"]),
        int(document["tweet"]),
        document["kind"],
        int(document["event"]),
        int(document.get("retweet", 0)),
    )


def _post_from(document: Mapping[str, Any]) -> Post:
    quoted, parent = document.get("quoted"), document.get("parent")
    return Post(
        int(document["_id"]),
        int(document["author"]),
        quoted=None if quoted is None else int(quoted),
        parent=None if parent is None else int(parent),
        has_media=document.get("media", False),
        deleted=document.get("deleted", False),
    )


def _state_document(place: Place, held: Held) -> Document:
    state = held.state
    document: Document = {"s": Int64(place.since), "o": Int64(held.offset)}
    if isinstance(state, Marked):
        document |= {
            "_id": state.source,
            "kind": state.kind,
            "user": Int64(state.user),
            "tweet": Int64(state.tweet),
            "event": Int64(state.event),
        }
        if state.retweet:
            document["retweet"] = Int64(state.retweet)
        return document
    document |= {"_id": Int64(state.tweet), "author": Int64(state.author)}
    if state.quoted is not None:
        document["quoted"] = Int64(state.quoted)
    if state.parent is not None:
        document["parent"] = Int64(state.parent)
    if state.has_media:
        document["media"] = True
    if state.deleted:
        document["deleted"] = True
    return document


def _register_from(place: Place, document: Mapping[str, Any]) -> Register:
    if not _is_of(document, place):
        return EMPTY
    counts = {name: int(count) for name, count in document.items() if name not in STAMPS}
    return Register(int(document.get("o", 0)), counts)


def _register_document(place: Place, register: Register) -> Document:
    counts = {name: Int64(count) for name, count in register.counts.items()}
    return {"s": Int64(place.since), "o": Int64(register.offset), **counts}
