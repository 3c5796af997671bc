"""Checkpoints in MongoDB, which say of which collections they are."""

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from events.clock import now_us
from events.positions import Partition
from projections.mongo import Collection, CollectionLost, Document, Indexed, insert_new
from projections.view import CheckpointBehind


class Standing(NamedTuple):
    """A checkpoint, who moved it there, and since when the store has held its partition, in us;
    nobody and 0, where nothing was written yet."""

    next_offset: int
    writer: str
    since: int = 0


NOWHERE = Standing(0, "")


_UNSAID = {"$exists": False}


class Checkpoints:
    """A view's checkpoints in the collection beside its data, one document a partition:

    {_id: "topic:partition", next_offset, since, of, writer?}

    `of` are the collections that hold what it says, by the UUIDs that MongoDB gave them: one that
    is lost, and made again by whatever was on its way, has another.
    """

    def __init__(self, collection: Collection, of: Sequence[Indexed]) -> None:
        self._collection = collection
        self._of = of
        self._identity = ""
        self._writer = ""

    async def create(self) -> None:
        """With what they are of. Where that was lost all is to be read again, from the beginning.

        Those of a version that did not say what they are of stay if it is all there.
        """
        found = await self._found()
        if found is None:  # before anything is created, which others would take for theirs
            await self._collection.update_many({"of": _UNSAID}, {"$set": {"of": ""}})
        for one in self._of:
            await one.create()
        self._identity = ""
        identity = await self._known()
        if found is not None:
            await self._collection.update_many({"of": _UNSAID}, {"$set": {"of": found}})
        await self._reset({"of": {"$ne": identity}})

    async def whole(self) -> dict[Partition, int]:
        """As `all`. Raises `CollectionLost` where they are of one that is lost, which is told by
        nothing else as long as nothing comes."""
        stored = [found async for found in self._collection.find({})]
        if stored:
            there = await self._found()
            if there is None or any(one.get("of", there) != there for one in stored):
                raise self._lost()
        return {Partition.parse(one["_id"]): one["next_offset"] for one in stored}

    async def require(self) -> None:
        """Raises `CollectionLost` unless the collections are those that were first seen here."""
        if await self._found() != await self._known():
            raise self._lost()

    async def _known(self) -> str:
        """As `_found`, when they were prepared; when first seen, where another one has done that.

        Raises `CollectionLost` unless all are there.
        """
        if not self._identity:
            found = await self._found()
            if found is None:
                raise self._lost()
            self._identity = found
        return self._identity

    async def _found(self) -> str | None:
        """By which the collections differ from others of their names; None unless all are there."""
        names = sorted(one.collection.name for one in self._of)
        database = self._of[0].collection.database
        listed = await database.list_collections(filter={"name": {"$in": names}})
        there = {one["name"]: one["info"]["uuid"].hex() async for one in listed}
        return ",".join(there[name] for name in names) if there.keys() >= set(names) else None

    def _lost(self) -> CollectionLost:
        return CollectionLost(", ".join(one.collection.name for one in self._of))

    def sign(self) -> None:
        """From here on checkpoints are moved under a new name.

        To be called whenever a view begins to read from a checkpoint. Then a store that has lost
        something, and found it again, stands under another name than before.
        """
        self._writer = os.urandom(8).hex()

    async def standing(self) -> dict[Partition, Standing]:
        """Of those whose collections are there, even if nobody has seen yet that others are not."""
        stored = [found async for found in self._collection.find({})]
        there = await self._found()
        return _standing(
            one for one in stored if there is not None and one.get("of", there) == there
        )

    async def stood(self) -> dict[Partition, Standing]:
        """Of all, for who asks again later: where that is the same, their collections are too."""
        return _standing([found async for found in self._collection.find({})])

    async def all(self) -> dict[Partition, int]:
        return {
            Partition.parse(found["_id"]): found["next_offset"]
            async for found in self._collection.find({})
        }

    async def held_since(self, partitions: Iterable[str]) -> dict[str, int]:
        """By partition, since when the store has held it, in us; nothing for one it lost."""
        found = self._collection.find({"_id": {"$in": sorted(partitions)}})
        return {one["_id"]: int(one.get("since", 0)) async for one in found}

    async def begin(self, partition: Partition, start: int) -> None:
        """To be called before a batch is written: a store that is wiped meanwhile is seen then.

        Without it, one that has never held anything and one that has just lost it look the same.
        """
        if start == 0:
            new = {"next_offset": 0, "since": now_us(), "of": await self._known()}
            await insert_new(self._collection, [{"_id": str(partition), **new}])

    async def since(self, partition: Partition, start: int) -> int:
        """When the store began to hold the partition, in us: it has lost nothing of it since.

        Raises `CheckpointBehind` unless everything before `start` is in the store, and
        `CollectionLost` where it is of others than the collections that were first seen here.
        """
        found = await self._collection.find_one({"_id": str(partition)})
        if found is None or found["next_offset"] < start:
            raise CheckpointBehind(partition, found["next_offset"] if found else 0)
        if found.get("of") != await self._known():
            raise self._lost()
        return int(found.get("since", 0))

    async def forget(self, partition: Partition, since: int) -> None:
        """As if nothing of the partition was in the store, unless it is held since another time."""
        await self._reset(_held(partition, since))

    async def _reset(self, which: Document) -> None:
        """Held anew from now on, or later if some clock was ahead. Were they removed, one that is
        begun late could bring back an older time, with which nothing newer is replaced."""
        known = [int(found.get("since", 0)) async for found in self._collection.find(which)]
        since = max([now_us(), *(before + 1 for before in known)])
        begun = {"next_offset": 0, "writer": "", "of": await self._known()}
        await self._collection.update_many(which, {"$set": begun, "$max": {"since": since}})

    async def advance(self, partition: Partition, start: int, next_offset: int, since: int) -> None:
        """Moves on to `next_offset`, never back.

        Raises `CheckpointBehind`, also when the store began to hold the partition at another time
        than `since`.
        """
        moved = await self._collection.update_one(
            _held(partition, since) | {"next_offset": {"$gte": start}},
            {"$max": {"next_offset": next_offset}, "$set": {"writer": self._writer}},
        )
        if not moved.matched_count:
            found = await self._collection.find_one({"_id": str(partition)})
            same = found and found.get("since", 0) == since
            raise CheckpointBehind(partition, found["next_offset"] if found and same else 0)


def _standing(stored: Iterable[Document]) -> dict[Partition, Standing]:
    return {
        Partition.parse(found["_id"]): Standing(
            found["next_offset"], found.get("writer", ""), int(found.get("since", 0))
        )
        for found in stored
    }


def _held(partition: Partition, since: int) -> Document:
    """A filter for the checkpoint; those that older versions wrote do not say since when."""
    return {"_id": str(partition)} | ({"since": since} if since else {})
