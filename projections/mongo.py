"""The one place that knows the MongoDB driver.

Motor is this project's driver by its user's choice; its successor in pymongo has the same calls.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorCollection, AsyncIOMotorDatabase
from pymongo import ASCENDING, IndexModel, ReplaceOne, UpdateOne, timeout
from pymongo.errors import BulkWriteError, PyMongoError

Document: TypeAlias = dict[str, Any]
Client: TypeAlias = AsyncIOMotorClient[Document]
Collection: TypeAlias = AsyncIOMotorCollection[Document]
Database: TypeAlias = AsyncIOMotorDatabase[Document]
Update: TypeAlias = UpdateOne | ReplaceOne[Document]

DUPLICATE_KEY = 11000
NEVER = {2, 14, 28, 10141, 10334, 17280, 17419, 17420}
"""What MongoDB, or its stand-in, answers in whatever state it is to a write of a bulk that does not
fit what is stored, or makes a document or a key that is too large."""


INDEX_SECONDS = 3_600.0


class CollectionLost(Exception):
    """A collection is not there, or not the one that it was: it passes, since the view is then
    prepared again."""


TRANSIENT: tuple[type[Exception], ...] = (CollectionLost, PyMongoError, OSError, TimeoutError)


class WriteRefused(ValueError):
    """MongoDB will never take a write; the text says why."""


def connect(uri: str) -> Client:
    """A client whose operations are over in 10 s, also where the server is dead; but for making an
    index, which has `INDEX_SECONDS`."""
    return AsyncIOMotorClient(uri, timeoutMS=10_000, connectTimeoutMS=3_000)


def birdlog(client: Client) -> Database:
    return client.get_database("birdlog", codec_options=CodecOptions())


async def insert_new(collection: Collection, documents: list[Document]) -> list[Document]:
    """Inserts what is not there yet, leaves what is there as it is, and returns that."""
    if not documents:
        return []
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        return [documents[failed] for failed in _duplicates(error)]
    return []


async def write(collection: Collection, updates: Sequence[Update], *, ordered: bool) -> None:
    """Raises `WriteRefused` where trying again is in vain."""
    if not updates:
        return
    try:
        await collection.bulk_write(list(updates), ordered=ordered)
    except BulkWriteError as error:
        raise _judged(error) from error


def _duplicates(error: BulkWriteError) -> list[int]:
    """The places of those that failed. Raises `_judged` if any failed for another reason."""
    failed = error.details["writeErrors"]
    if error.details.get("writeConcernErrors") or any(f["code"] != DUPLICATE_KEY for f in failed):
        raise _judged(error) from error
    return [f["index"] for f in failed]


def _judged(error: BulkWriteError) -> BulkWriteError | WriteRefused:
    """Refused only where nothing failed that may go well the next time."""
    failed = [f for f in error.details["writeErrors"] if f["code"] != DUPLICATE_KEY]
    if not failed or error.details.get("writeConcernErrors"):
        return error
    if any(f["code"] not in NEVER for f in failed):
        return error
    return WriteRefused(f"{failed[0]['code']}: {failed[0]['errmsg']}")


WITNESS = IndexModel([("witness", ASCENDING)], name="witness", unique=True, sparse=True)
"""Of a collection that needs no index, so that it is there before anything is written. It is of a
field that nothing has, and so it is empty."""


class Indexed(NamedTuple):
    """A collection and its indexes."""

    collection: Collection
    indexes: Sequence[IndexModel] = (WITNESS,)

    async def create(self) -> None:
        """Leaves what is there as it is. An index that a later version adds takes its time."""
        there = await self.collection.index_information()
        if lacking := [one for one in self.indexes if one.document["name"] not in there]:
            with timeout(INDEX_SECONDS):
                await self.collection.create_indexes(lacking)
