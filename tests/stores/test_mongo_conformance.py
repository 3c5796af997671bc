"""What birdlog relies on in a MongoDB, held against whichever one is there.

With ``MONGODB_URI`` that one, real or not; else the stack's own, which is the stand-in of
``deploy/devmongo`` on a machine without ``mongod``.
"""

import asyncio
import os
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any, TypeAlias

import pytest
import pytest_asyncio
from bson import Int64
from hypothesis import given, settings
from hypothesis import strategies as st
from motor.motor_asyncio import (
    AsyncIOMotorClient,
    AsyncIOMotorCollection,
    AsyncIOMotorDatabase,
)
from pymongo import DeleteOne, InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError, OperationFailure, WriteError

Document: TypeAlias = dict[str, Any]
Client: TypeAlias = AsyncIOMotorClient[dict[str, Any]]
Database: TypeAlias = AsyncIOMotorDatabase[dict[str, Any]]
Collection: TypeAlias = AsyncIOMotorCollection[dict[str, Any]]

DUPLICATE_KEY = 11000
BEYOND_DOUBLES = 2**53 + 1  # the first integer that a double cannot hold


@pytest.fixture(scope="session")
def uri(request: pytest.FixtureRequest) -> str:
    """Asks for the stack's server only where none is given: asking starts it."""
    return os.environ.get("MONGODB_URI") or str(request.getfixturevalue("mongodb_uri"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(uri: str) -> AsyncIterator[Client]:
    client: Client = AsyncIOMotorClient(uri)
    yield client
    client.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database(client: Client) -> AsyncIterator[Database]:
    name = f"conformance_{uuid.uuid4().hex[:12]}"
    yield client[name]
    await client.drop_database(name)


@pytest_asyncio.fixture(loop_scope="session")
async def tweets(database: Database) -> AsyncIterator[Collection]:
    collection = database[f"tweets_{uuid.uuid4().hex[:12]}"]
    yield collection
    await collection.drop()


async def ids(collection: Collection, query: Document, **options: Any) -> list[Any]:
    return [found["_id"] async for found in collection.find(query, **options)]


# Inserts and bulks


async def test_unordered_insert_passes_over_duplicates(tweets: Collection) -> None:
    await tweets.insert_many([{"_id": n, "old": True} for n in (3, 7, 8)])

    with pytest.raises(BulkWriteError) as refused:
        await tweets.insert_many([{"_id": n, "old": False} for n in range(10)], ordered=False)

    assert refused.value.details is not None
    errors = refused.value.details["writeErrors"]
    assert [(error["index"], error["code"]) for error in errors] == [
        (3, DUPLICATE_KEY),
        (7, DUPLICATE_KEY),
        (8, DUPLICATE_KEY),
    ]
    assert refused.value.details["nInserted"] == 7
    assert await ids(tweets, {"old": True}, sort=[("_id", 1)]) == [3, 7, 8]
    assert await ids(tweets, {"old": False}, sort=[("_id", 1)]) == [0, 1, 2, 4, 5, 6, 9]


async def test_ordered_insert_stops_at_a_duplicate(tweets: Collection) -> None:
    await tweets.insert_one({"_id": 3})

    with pytest.raises(BulkWriteError) as refused:
        await tweets.insert_many([{"_id": n} for n in range(10)])

    assert refused.value.details is not None
    assert [error["index"] for error in refused.value.details["writeErrors"]] == [3]
    assert refused.value.details["nInserted"] == 3
    assert await ids(tweets, {}, sort=[("_id", 1)]) == [0, 1, 2, 3]


async def test_unordered_bulk_of_a_thousand(tweets: Collection) -> None:
    await tweets.insert_many([{"_id": n, "v": n % 2} for n in range(500)])

    # Half of the first 500 are stale: version 1 is there already.
    with pytest.raises(BulkWriteError) as refused:
        await tweets.bulk_write(
            [
                ReplaceOne(
                    {"_id": n, "v": {"$lt": 1}}, {"_id": n, "v": 1, "new": True}, upsert=True
                )
                for n in range(1_000)
            ],
            ordered=False,
        )

    assert refused.value.details is not None
    errors = refused.value.details["writeErrors"]
    assert [error["index"] for error in errors] == list(range(1, 500, 2))
    assert {error["code"] for error in errors} == {DUPLICATE_KEY}
    assert refused.value.details["nModified"] == 250
    assert refused.value.details["nUpserted"] == 500
    assert {one["index"] for one in refused.value.details["upserted"]} == set(range(500, 1_000))
    assert await tweets.count_documents({"new": True}) == 750
    assert await tweets.count_documents({"v": 1}) == 1_000


async def test_ordered_bulk_of_a_thousand(tweets: Collection) -> None:
    result = await tweets.bulk_write(
        [UpdateOne({"_id": n % 10}, {"$inc": {"n": 1}}, upsert=True) for n in range(1_000)]
    )

    assert (result.upserted_count, result.modified_count) == (10, 990)
    assert await tweets.distinct("n") == [100]


async def test_ordered_bulk_stops_at_its_first_error(tweets: Collection) -> None:
    await tweets.insert_one({"_id": 1, "v": 5})
    count_up = {"$inc": {"n": 1}}

    with pytest.raises(BulkWriteError) as refused:
        await tweets.bulk_write(
            [
                UpdateOne({"_id": 0}, count_up, upsert=True),
                UpdateOne({"_id": 1, "v": {"$lt": 5}}, {"$set": {"v": 4}}, upsert=True),
                UpdateOne({"_id": 2}, count_up, upsert=True),
            ]
        )

    assert refused.value.details is not None
    assert [error["index"] for error in refused.value.details["writeErrors"]] == [1]
    assert await ids(tweets, {}, sort=[("_id", 1)]) == [0, 1]


async def test_mixed_bulk(tweets: Collection) -> None:
    result = await tweets.bulk_write(
        [
            InsertOne({"_id": 1, "a": 1}),
            InsertOne({"_id": 2, "a": 1}),
            ReplaceOne({"_id": 1}, {"b": 1}),
            DeleteOne({"_id": 2}),
        ]
    )

    assert (result.inserted_count, result.modified_count, result.deleted_count) == (2, 1, 1)
    assert await tweets.find().to_list(None) == [{"_id": 1, "b": 1}]


# Upserts


async def test_guarded_replace(tweets: Collection) -> None:
    async def put(version: int) -> None:
        await tweets.replace_one(
            {"_id": 1, "v": {"$lt": version}}, {"_id": 1, "v": version}, upsert=True
        )

    await put(2)
    with pytest.raises(DuplicateKeyError) as stale:
        await put(1)
    assert stale.value.code == DUPLICATE_KEY
    with pytest.raises(DuplicateKeyError):
        await put(2)
    await put(3)
    assert await tweets.find().to_list(None) == [{"_id": 1, "v": 3}]


async def test_guarded_update_takes_the_id_but_not_the_guard(tweets: Collection) -> None:
    guarded = {"_id": Int64(BEYOND_DOUBLES), "v": {"$lt": 7}}
    await tweets.update_one(guarded, {"$set": {"text": "first"}}, upsert=True)
    assert await tweets.find().to_list(None) == [{"_id": BEYOND_DOUBLES, "text": "first"}]

    # Without a version the document does not match the guard, so this is stale too.
    with pytest.raises(DuplicateKeyError):
        await tweets.update_one(guarded, {"$set": {"v": 6}}, upsert=True)


async def test_a_negated_guard_passes_what_has_no_such_field(tweets: Collection) -> None:
    """The counters: one document, and in it an offset for each partition."""

    async def put(place: str, offset: int) -> int:
        updated = await tweets.update_one(
            {"_id": 1, f"c.{place}.o": {"$not": {"$gte": Int64(offset)}}},
            {"$set": {f"c.{place}": {"o": Int64(offset), "likes": offset}}},
        )
        return updated.matched_count

    await tweets.insert_one({"_id": 1})
    assert [await put("reactions:3", 5), await put("reactions:3", 4)] == [1, 0]
    assert [await put("reactions:3", 5), await put("tweets:0", 1)] == [0, 1]
    assert await put("reactions:3", 6) == 1
    stored = {"reactions:3": {"o": 6, "likes": 6}, "tweets:0": {"o": 1, "likes": 1}}
    assert await tweets.find_one({"_id": 1}) == {"_id": 1, "c": stored}
    one = await tweets.find_one({"_id": 1}, {"c.tweets:0": 1})
    assert one == {"_id": 1, "c": {"tweets:0": {"o": 1, "likes": 1}}}
    assert await tweets.find_one({"_id": 1}, {"c.graph:0": 1}) == {"_id": 1, "c": {}}


async def test_set_on_insert(tweets: Collection) -> None:
    for like in (1, 2):
        await tweets.update_one(
            {"_id": 1},
            {"$setOnInsert": {"first": like}, "$set": {"last": like}},
            upsert=True,
        )
    assert await tweets.find_one({"_id": 1}) == {"_id": 1, "first": 1, "last": 2}


# Update operators


@pytest.mark.parametrize(
    ("before", "update", "after"),
    [
        ({"a": 1}, {"$set": {"b": 2}}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, {"$unset": {"b": ""}}, {"a": 1}),
        ({"a": 1}, {"$unset": {"b": ""}}, {"a": 1}),
        ({}, {"$inc": {"n": 2}}, {"n": 2}),
        ({"n": 1}, {"$inc": {"n": -2}}, {"n": -1}),
        ({"n": Int64(BEYOND_DOUBLES)}, {"$inc": {"n": 1}}, {"n": BEYOND_DOUBLES + 1}),
        ({"n": 5}, {"$max": {"n": 3}}, {"n": 5}),
        ({"n": 5}, {"$max": {"n": Int64(BEYOND_DOUBLES)}}, {"n": BEYOND_DOUBLES}),
        (
            {"n": Int64(BEYOND_DOUBLES - 1)},
            {"$max": {"n": Int64(BEYOND_DOUBLES)}},
            {"n": BEYOND_DOUBLES},
        ),
        ({}, {"$max": {"n": 3}}, {"n": 3}),
        ({"n": 5}, {"$min": {"n": 3}}, {"n": 3}),
        ({"n": 5}, {"$min": {"n": 7}}, {"n": 5}),
        ({"l": [1]}, {"$addToSet": {"l": 1}}, {"l": [1]}),
        ({"l": [1]}, {"$addToSet": {"l": 2}}, {"l": [1, 2]}),
        ({}, {"$addToSet": {"l": {"$each": [1, 2, 1]}}}, {"l": [1, 2]}),
        ({"l": [1]}, {"$push": {"l": 1}}, {"l": [1, 1]}),
        ({}, {"$push": {"l": {"$each": [1, 2]}}}, {"l": [1, 2]}),
        ({"l": [1, 2, 3]}, {"$push": {"l": {"$each": [4], "$slice": -2}}}, {"l": [3, 4]}),
        (
            {"l": [{"k": 1, "t": "a"}, {"k": BEYOND_DOUBLES + 1}]},
            {"$push": {"l": {"$each": [{"k": BEYOND_DOUBLES}], "$sort": {"k": 1}}}},
            {"l": [{"k": 1, "t": "a"}, {"k": BEYOND_DOUBLES}, {"k": BEYOND_DOUBLES + 1}]},
        ),
        ({"l": [1, 2, 1]}, {"$pull": {"l": 1}}, {"l": [2]}),
        ({"l": [{"k": 1}, {"k": 2}]}, {"$pull": {"l": {"k": 1}}}, {"l": [{"k": 2}]}),
        ({"l": [1, 2, 3]}, {"$pull": {"l": {"$in": [1, 3]}}}, {"l": [2]}),
        # Numeric keys on an object name its fields; only on an array are they places in it.
        ({}, {"$set": {"versions.123": {"text": "a"}}}, {"versions": {"123": {"text": "a"}}}),
        (
            {"versions": {"123": {"text": "a"}}},
            {"$set": {"versions.9007199254740993.text": "b"}},
            {"versions": {"123": {"text": "a"}, "9007199254740993": {"text": "b"}}},
        ),
        (
            {"versions": {"123": 1, "124": 2}},
            {"$unset": {"versions.123": ""}, "$inc": {"versions.124": 1}},
            {"versions": {"124": 3}},
        ),
        ({"seen": {"7": 5}}, {"$max": {"seen.7": 4, "seen.8": 1}}, {"seen": {"7": 5, "8": 1}}),
    ],
)
async def test_update_operator(
    tweets: Collection, before: Document, update: Document, after: Document
) -> None:
    await tweets.insert_one({"_id": 1, **before})
    await tweets.update_one({"_id": 1}, update)
    assert await tweets.find_one({"_id": 1}) == {"_id": 1, **after}


async def test_find_one_and_update(tweets: Collection) -> None:
    await tweets.insert_one({"_id": 1, "n": 1})
    assert await tweets.find_one_and_update({"_id": 1}, {"$inc": {"n": 1}}) == {"_id": 1, "n": 1}
    after = await tweets.find_one_and_update({"_id": 1}, {"$inc": {"n": 1}}, return_document=True)
    assert after == {"_id": 1, "n": 3}
    assert await tweets.find_one_and_update({"_id": 2}, {"$inc": {"n": 1}}) is None


async def test_guarded_update_counts_what_it_found(tweets: Collection) -> None:
    await tweets.insert_one({"_id": 1, "v": 1})
    stale = await tweets.update_one({"_id": 1, "v": {"$lt": 1}}, {"$set": {"v": 2}})
    assert (stale.matched_count, stale.modified_count) == (0, 0)
    same = await tweets.update_one({"_id": 1}, {"$set": {"v": 1}})
    assert (same.matched_count, same.modified_count) == (1, 0)
    fresh = await tweets.update_one({"_id": 1, "v": {"$lt": 2}}, {"$set": {"v": 2}})
    assert (fresh.matched_count, fresh.modified_count) == (1, 1)


# Finding


async def test_int64_ids_beyond_doubles(tweets: Collection) -> None:
    near = [BEYOND_DOUBLES + n for n in range(-2, 3)] + [2**63 - 2]
    await tweets.insert_many([{"_id": Int64(n), "author": Int64(n)} for n in reversed(near)])
    await tweets.create_index("author")

    for n in near:
        assert await tweets.find_one({"_id": Int64(n)}) == {"_id": n, "author": n}
        assert await ids(tweets, {"author": Int64(n)}) == [n]
    assert await ids(tweets, {}, sort=[("_id", 1)]) == near
    between = {"_id": {"$gt": Int64(near[0]), "$lte": Int64(near[3])}}
    assert await ids(tweets, between, sort=[("_id", -1)]) == near[3:0:-1]
    found = await tweets.find_one({"_id": Int64(near[0])})
    assert found is not None
    assert isinstance(found["_id"], Int64)


async def test_find_by_ids(tweets: Collection) -> None:
    await tweets.insert_many([{"_id": n, "deleted": n % 2 == 0} for n in range(100)])
    wanted = [5, 500, 4, 7, 5]
    assert set(await ids(tweets, {"_id": {"$in": wanted}})) == {4, 5, 7}
    assert set(await ids(tweets, {"_id": {"$in": wanted}, "deleted": False})) == {5, 7}
    assert await ids(tweets, {"_id": {"$in": []}}) == []
    assert await ids(tweets, {"_id": {"$gte": 97}}, sort=[("_id", 1)]) == [97, 98, 99]
    assert await ids(tweets, {"_id": {"$lt": 2}}, sort=[("_id", -1)]) == [1, 0]
    assert await ids(tweets, {"_id": {"$gt": 7, "$lt": 5}}) == []


async def test_listing_along_an_index(tweets: Collection) -> None:
    await tweets.create_index([("author", 1), ("deleted", 1), ("_id", -1)])
    await tweets.insert_many(
        [{"_id": n, "author": n % 3, "deleted": n % 10 == 0} for n in range(300)]
    )
    listing = {"author": 1, "deleted": False}
    everything = [n for n in range(299, -1, -1) if n % 3 == 1 and n % 10]

    pages: list[int] = []
    while page := await ids(
        tweets,
        {**listing, "_id": {"$lt": pages[-1] if pages else 1_000}},
        sort=[("_id", -1)],
        limit=20,
    ):
        assert len(page) <= 20
        pages += page

    assert pages == everything
    assert await ids(tweets, listing, sort=[("_id", 1)], limit=5) == everything[:-6:-1]
    assert await ids(tweets, listing, sort=[("_id", -1)], skip=3, limit=2) == everything[3:5]
    assert await tweets.count_documents(listing) == len(everything)
    assert await tweets.count_documents(listing, limit=7) == 7


async def test_listing_along_an_index_of_paths(tweets: Collection) -> None:
    """Equal in four fields, two of them inside others, then by a number and the id."""
    fields = [("root.id", 1), ("parent.id", 1), ("deleted", 1), ("hidden", 1)]
    await tweets.create_index([*fields, ("likes", -1), ("_id", -1)])
    await tweets.insert_many(
        [
            {
                "_id": Int64(n),
                "root": {"id": Int64(n % 2), "author": 1},
                "parent": {"id": Int64(n % 4), "author": 1},
                "deleted": n % 3 == 0,
                "hidden": False,
                "likes": n % 5,
            }
            for n in range(240)
        ]
        + [{"_id": Int64(1_000), "deleted": True}]
    )
    asked = {"root.id": Int64(1), "parent.id": Int64(3), "deleted": False, "hidden": False}
    order = [("likes", -1), ("_id", -1)]
    there = [n for n in range(239, -1, -1) if n % 4 == 3 and n % 3]
    by_likes = sorted(there, key=lambda n: (-(n % 5), -n))
    assert await ids(tweets, asked, sort=order, limit=7) == by_likes[:7]
    for n in (by_likes[6], by_likes[20]):
        equal = asked | {"likes": n % 5, "_id": {"$lt": Int64(n)}}
        less = asked | {"likes": {"$lt": n % 5}}
        rest = await ids(tweets, equal, sort=order) + await ids(tweets, less, sort=order)
        assert rest == by_likes[by_likes.index(n) + 1 :]


async def test_an_update_guarded_by_a_path(tweets: Collection) -> None:
    await tweets.insert_one({"_id": 1, "root": {"id": 5, "author": 7}, "at": -1})
    for author, at, matched in ((8, 1, 0), (7, 1, 1), (7, 1, 0), (7, 0, 0), (7, 2, 1)):
        guard = {"_id": 1, "root.author": author, "at": {"$lt": at}}
        done = await tweets.update_one(guard, {"$set": {"at": at}})
        assert done.matched_count == matched


async def test_array_elements_are_found(tweets: Collection) -> None:
    await tweets.create_index([("tags", 1), ("_id", -1)])
    await tweets.insert_many(
        [
            {"_id": 1, "tags": ["a", "b"]},
            {"_id": 2, "tags": ["b"]},
            {"_id": 3, "tags": []},
            {"_id": 4},
            {"_id": 5, "tags": ["a", "a"]},
        ]
    )
    newest_first = [("_id", -1)]
    assert await ids(tweets, {"tags": "a"}, sort=newest_first) == [5, 1]
    assert await ids(tweets, {"tags": "b"}, sort=newest_first, limit=1) == [2]
    assert await ids(tweets, {"tags": {"$in": ["a", "b"]}}, sort=newest_first) == [5, 2, 1]

    await tweets.update_one({"_id": 1}, {"$pull": {"tags": "a"}})
    await tweets.update_one({"_id": 3}, {"$addToSet": {"tags": "a"}})
    assert await ids(tweets, {"tags": "a"}, sort=newest_first) == [5, 3]
    await tweets.delete_one({"_id": 5})
    assert await ids(tweets, {"tags": "a"}, sort=newest_first) == [3]


async def test_empty_arrays_are_in_a_listing(tweets: Collection) -> None:
    await tweets.create_index([("author", 1), ("tags", 1)])
    await tweets.insert_many(
        [{"_id": 1, "author": 1, "tags": []}, {"_id": 2, "author": 1, "tags": ["a", "b"]}]
    )
    await tweets.insert_one({"_id": 3, "author": 1})
    assert await ids(tweets, {"author": 1}, sort=[("_id", 1)]) == [1, 2, 3]
    assert await ids(tweets, {"author": 1, "tags": "b"}) == [2]
    assert await ids(tweets, {"author": 1, "tags": None}) == [3]


async def test_more_than_one_condition_on_an_indexed_field(tweets: Collection) -> None:
    await tweets.create_index("author")
    await tweets.insert_many([{"_id": n, "author": n} for n in range(5)])
    for field in ("_id", "author"):
        assert await ids(tweets, {field: {"$in": [1, 2], "$ne": 1}}) == [2]
        assert await ids(tweets, {field: {"$in": [1, 2, 3], "$gt": 2}}) == [3]
        assert await ids(tweets, {field: {"$eq": 1, "$gt": 2}}) == []


async def test_projection(tweets: Collection) -> None:
    await tweets.insert_one({"_id": 1, "a": {"b": 1, "c": 2}, "d": 3})
    assert await tweets.find_one({"_id": 1}, {"a.b": 1}) == {"_id": 1, "a": {"b": 1}}
    assert await tweets.find_one({"_id": 1}, {"a": 0, "_id": 0}) == {"d": 3}


async def test_cursor_goes_on_after_its_first_batch(tweets: Collection) -> None:
    await tweets.insert_many([{"_id": n} for n in range(6_000)])
    assert await ids(tweets, {}, sort=[("_id", 1)]) == list(range(6_000))
    assert await ids(tweets, {}, sort=[("_id", 1)], batch_size=1_000, limit=2_500) == list(
        range(2_500)
    )


async def test_aggregate(tweets: Collection) -> None:
    await tweets.create_index("author")
    await tweets.insert_many(
        [{"_id": n, "author": n % 5, "likes": n, "deleted": n >= 90} for n in range(100)]
    )
    top = await tweets.aggregate(
        [
            {"$match": {"author": {"$in": [1, 2, 3]}, "deleted": False}},
            {"$group": {"_id": "$author", "likes": {"$sum": "$likes"}, "n": {"$sum": 1}}},
            {"$sort": {"likes": -1, "_id": 1}},
            {"$limit": 2},
        ]
    ).to_list(None)
    assert top == [
        {"_id": 3, "likes": sum(range(3, 90, 5)), "n": 18},
        {"_id": 2, "likes": sum(range(2, 90, 5)), "n": 18},
    ]
    whole = await tweets.aggregate([{"$group": {"_id": None, "n": {"$sum": 1}}}]).to_list(None)
    assert whole == [{"_id": None, "n": 100}]
    assert await tweets.count_documents({}) == 100
    assert await tweets.estimated_document_count() == 100


# Indexes and collections


async def test_creating_an_index_again_changes_nothing(tweets: Collection) -> None:
    keys = [("author", 1), ("_id", -1)]
    names = [await tweets.create_index(keys) for _ in range(3)]
    assert names == ["author_1__id_-1"] * 3
    assert set(await tweets.index_information()) == {"_id_", "author_1__id_-1"}


async def test_a_uuid_tells_a_collection_from_one_of_the_same_name(
    database: Database, tweets: Collection
) -> None:
    async def listed() -> list[tuple[str, bytes]]:
        wanted = {"name": {"$in": [tweets.name, "never_made"]}}
        found = await database.list_collections(filter=wanted)
        return [(one["name"], bytes(one["info"]["uuid"])) async for one in found]

    assert await listed() == []
    await tweets.create_index("witness", name="witness", unique=True, sparse=True)
    [(name, first)] = await listed()
    assert (name, len(first)) == (tweets.name, 16)
    await tweets.insert_many([{"_id": n} for n in range(30)])
    await tweets.update_one({"_id": 3}, {"$set": {"author": 1}})
    assert await tweets.count_documents({}) == 30
    assert set(await tweets.index_information()) == {"_id_", "witness"}
    await tweets.create_index("author")
    assert await listed() == [(name, first)]
    await tweets.drop()
    assert await tweets.index_information() == {}
    assert await listed() == []
    await tweets.insert_one({"_id": 1})
    assert set(await tweets.index_information()) == {"_id_"}
    [(_, second)] = await listed()
    assert second != first


async def test_index_on_documents_that_are_there(tweets: Collection) -> None:
    await tweets.insert_many([{"_id": n, "author": n % 3} for n in range(30)])
    await tweets.delete_many({"_id": {"$lt": 9}})
    await tweets.create_index([("author", 1), ("_id", -1)])
    assert await ids(tweets, {"author": 0}, sort=[("_id", -1)], limit=3) == [27, 24, 21]
    assert await tweets.count_documents({"author": 0}) == 7


async def test_unique_index_keeps_the_other_indexes_whole(tweets: Collection) -> None:
    await tweets.create_index("author")
    await tweets.create_index("handle", unique=True)
    await tweets.create_index("tags")
    await tweets.insert_many(
        [
            {"_id": 1, "handle": "ann", "author": 1, "tags": ["x"]},
            {"_id": 2, "handle": "bob", "author": 1, "tags": ["x"]},
        ]
    )

    with pytest.raises(DuplicateKeyError):
        await tweets.insert_one({"_id": 3, "handle": "ann", "author": 1, "tags": ["x"]})
    with pytest.raises(DuplicateKeyError):
        await tweets.update_one({"_id": 2}, {"$set": {"handle": "ann", "author": 2, "tags": ["y"]}})

    for query in ({"author": 1}, {"tags": "x"}):
        assert await ids(tweets, query, sort=[("_id", 1)]) == [1, 2]
    assert await ids(tweets, {"author": 2}) == []
    assert await ids(tweets, {"tags": "y"}) == []
    assert await ids(tweets, {"handle": "bob"}) == [2]

    await tweets.delete_one({"_id": 1})
    await tweets.update_one({"_id": 2}, {"$set": {"handle": "ann"}})
    assert await ids(tweets, {"handle": "ann"}) == [2]
    assert await ids(tweets, {"handle": "bob"}) == []


async def test_unique_index_is_refused_where_it_does_not_hold(tweets: Collection) -> None:
    await tweets.insert_many([{"_id": n, "handle": "ann"} for n in range(2)])
    with pytest.raises(OperationFailure) as refused:
        await tweets.create_index("handle", unique=True)
    assert refused.value.code == DUPLICATE_KEY
    await tweets.insert_one({"_id": 2, "handle": "ann"})
    assert await ids(tweets, {"handle": "ann"}, sort=[("_id", 1)]) == [0, 1, 2]


async def test_dropping_an_index_leaves_other_collections_theirs(
    database: Database, tweets: Collection
) -> None:
    other = database[f"{tweets.name}_other"]
    for collection in (tweets, other):
        await collection.create_index("author")
        await collection.create_index("tags")
        await collection.insert_one({"_id": 1, "author": 1})

    await tweets.drop_index("author_1")
    assert set(await tweets.index_information()) == {"_id_", "tags_1"}
    await tweets.drop_indexes()
    assert set(await tweets.index_information()) == {"_id_"}
    assert await ids(tweets, {"author": 1}) == [1]
    assert set(await other.index_information()) == {"_id_", "author_1", "tags_1"}
    await other.drop()
    assert other.name not in await database.list_collection_names()


async def test_rename_over_another(database: Database, tweets: Collection) -> None:
    rebuilt = database[f"{tweets.name}_rebuilt"]
    for collection, ns in ((tweets, range(5)), (rebuilt, range(10, 15))):
        await collection.create_index([("author", 1), ("_id", -1)])
        await collection.insert_many([{"_id": n, "author": 1} for n in ns])

    with pytest.raises(OperationFailure):
        await rebuilt.rename(tweets.name)
    await rebuilt.rename(tweets.name, dropTarget=True)

    names = await database.list_collection_names()
    assert (tweets.name in names, rebuilt.name in names) == (True, False)
    assert await ids(tweets, {"author": 1}, sort=[("_id", -1)]) == [14, 13, 12, 11, 10]
    assert set(await tweets.index_information()) == {"_id_", "author_1__id_-1"}
    with pytest.raises(DuplicateKeyError):
        await tweets.insert_one({"_id": 10})
    await tweets.insert_one({"_id": 15, "author": 1})
    assert await ids(tweets, {"author": 1}, sort=[("_id", -1)], limit=1) == [15]
    await rebuilt.insert_one({"_id": 1})  # the old name is free again
    await rebuilt.drop()


async def test_rename_by_command(client: Client, database: Database, tweets: Collection) -> None:
    await tweets.insert_one({"_id": 1})
    target = database[f"{tweets.name}_target"]
    await target.insert_one({"_id": 2})
    await client.admin.command(
        "renameCollection",
        f"{database.name}.{tweets.name}",
        to=f"{database.name}.{target.name}",
        dropTarget=True,
    )
    assert await ids(target, {}) == [1]
    await target.drop()


async def test_drop(database: Database, tweets: Collection) -> None:
    await tweets.create_index("author")
    await tweets.insert_one({"_id": 1, "author": 1})
    await tweets.drop()
    await tweets.drop()  # what is not there can be dropped
    assert tweets.name not in await database.list_collection_names()
    assert await ids(tweets, {"author": 1}) == []
    await tweets.insert_one({"_id": 1, "author": 1})
    assert set(await tweets.index_information()) == {"_id_"}


# Many at a time


async def test_no_increment_is_lost(uri: str, tweets: Collection) -> None:
    writers, times = 8, 100

    async def count_up() -> None:
        client: Client = AsyncIOMotorClient(uri)
        own = client[tweets.database.name][tweets.name]
        for _ in range(times):
            while True:
                try:
                    await own.update_one({"_id": 1}, {"$inc": {"n": 1, "by.8": 1}}, upsert=True)
                    break
                except DuplicateKeyError:  # two upserts at once: one of them finds it next time
                    continue
        client.close()

    await asyncio.gather(*(count_up() for _ in range(writers)))
    total = writers * times
    assert await tweets.find_one({"_id": 1}) == {"_id": 1, "n": total, "by": {"8": total}}


async def test_reads_during_writes_see_whole_documents(uri: str, tweets: Collection) -> None:
    await tweets.create_index([("author", 1), ("n", -1)])
    await tweets.insert_many([{"_id": n, "author": n % 2, "n": 0, "m": 0} for n in range(200)])
    done = asyncio.Event()

    async def write(client: Client) -> None:
        own = client[tweets.database.name][tweets.name]
        try:
            for n in range(1, 60):
                fields = {f"extra{n % 7}": n, "n": n, "m": n, "author": n % 2}
                await own.update_many({}, {"$set": fields, "$unset": {f"extra{(n + 3) % 7}": ""}})
                await own.insert_many(
                    [{"_id": 1_000 + i, "author": 1, "n": n, "m": n} for i in range(50)]
                )
                await own.delete_many({"_id": {"$gte": 1_000}})
        finally:
            done.set()

    async def read(client: Client) -> int:
        own = client[tweets.database.name][tweets.name]
        reads = 0
        while not done.is_set():
            for query, sort in (({}, []), ({"author": 1}, [("n", -1)])):
                async for found in own.find(query, sort=sort or None):
                    assert found["n"] == found["m"]
            await own.count_documents({"author": 1})
            reads += 1
        return reads

    clients: list[Client] = [AsyncIOMotorClient(uri) for _ in range(4)]
    _, *reads = await asyncio.gather(write(clients[0]), *(read(one) for one in clients[1:]))
    for one in clients:
        one.close()
    assert all(reads)
    assert await tweets.count_documents({}) == 200


async def test_an_indexed_listing_is_no_scan(tweets: Collection) -> None:
    """Two copies of the same fields, one pair indexed: equal answers, unequal times."""
    await tweets.create_index([("author", 1), ("at", -1)])
    for start in range(0, 50_000, 5_000):
        await tweets.insert_many(
            [
                {"_id": n, "author": n % 500, "at": n, "plain_author": n % 500, "plain_at": n}
                for n in range(start, start + 5_000)
            ],
            ordered=False,
        )

    async def fastest(author: str, at: str) -> float:
        times = []
        for wanted in range(7):
            began = time.perf_counter()
            found = await ids(tweets, {author: wanted}, sort=[(at, -1)], limit=20)
            times.append(time.perf_counter() - began)
            assert found == [49_500 + wanted - 500 * n for n in range(20)]
        return min(times)

    indexed, scanned = await fastest("author", "at"), await fastest("plain_author", "plain_at")
    assert scanned > 10 * indexed, f"{scanned * 1e3:.2f} ms scanned, {indexed * 1e3:.2f} ms indexed"


# An index changes how fast an answer comes, never the answer

INDEXES: list[list[tuple[str, int]]] = [
    [("a", 1), ("b", -1), ("_id", 1)],
    [("b", -1), ("a", -1)],
    [("tags", 1), ("_id", -1)],
    [("a", 1), ("tags", 1)],
    [("inner.k", 1), ("tags", 1)],
    [("list.k", 1)],
]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.sampled_from([0.0, -0.0, 0.5, 1.0, 2.5, -1.5]),
    st.sampled_from([Int64(2**53), Int64(BEYOND_DOUBLES), float(2**53), Int64(-BEYOND_DOUBLES)]),
    st.sampled_from(["", "a", "b", "bb"]),
)
arrays = st.lists(scalars, max_size=3)
contents = st.fixed_dictionaries(
    {},
    optional={
        "a": scalars,
        "b": scalars,
        "tags": st.one_of(arrays, scalars),
        "inner": st.one_of(scalars, st.fixed_dictionaries({}, optional={"k": scalars})),
        "list": st.one_of(
            st.lists(st.fixed_dictionaries({}, optional={"k": scalars}), max_size=2),
            st.fixed_dictionaries({"k": st.one_of(scalars, arrays)}),
        ),
    },
)
keys = st.integers(0, 14)
fields = st.sampled_from(["a", "b", "tags", "inner.k", "list.k"])


def conditions(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    ends = {f"${end}": values for end in ("gt", "gte", "lt", "lte")}
    return st.one_of(
        values,
        st.fixed_dictionaries({"$eq": values}),
        st.fixed_dictionaries({"$in": st.lists(values, max_size=4)}),
        st.fixed_dictionaries({"$ne": values}),
        st.fixed_dictionaries({"$exists": st.booleans()}),
        st.fixed_dictionaries({}, optional={**ends, "$ne": values}).filter(bool),
    )


# Not for the other fields: in "list.k", a path through an array, the stand-in's scan sees only the
# "$ne" of such a pair.
but_one = st.fixed_dictionaries({"$in": st.lists(keys, min_size=1, max_size=4), "$ne": keys})
queries = st.builds(
    lambda own, other: {**own, **other},
    st.fixed_dictionaries({}, optional={"_id": st.one_of(conditions(keys), but_one)}),
    st.dictionaries(fields, conditions(scalars), max_size=3),
)
# The id comes last, so that no two documents are equal in the order. Nothing sorts by an array: to
# the stand-in's scan each of two empty ones is less than the other.
single_fields = st.sampled_from(["a", "b", "inner.k"])
orders = st.dictionaries(single_fields, st.sampled_from([1, -1]), max_size=2).flatmap(
    lambda order: st.sampled_from([1, -1]).map(lambda last: [*order.items(), ("_id", last)])
)
finds = st.tuples(queries, orders, st.integers(0, 4), st.integers(0, 6))
single_updates = st.one_of(
    st.fixed_dictionaries({"$set": contents.filter(bool)}),
    st.fixed_dictionaries({"$addToSet": st.fixed_dictionaries({"tags": scalars})}),
    st.fixed_dictionaries({"$push": st.fixed_dictionaries({"tags": scalars})}),
    st.fixed_dictionaries({"$pull": st.fixed_dictionaries({"tags": scalars})}),
)
# Any of these succeeds on any document, so it does not matter in which order it meets them.
wide_updates = st.one_of(
    st.fixed_dictionaries({"$set": contents.filter(bool)}),
    st.fixed_dictionaries({"$unset": st.dictionaries(fields, st.just(""), min_size=1, max_size=2)}),
)
changes = st.one_of(
    st.tuples(st.just("replace_one"), st.builds(lambda key: {"_id": key}, keys), contents),
    st.tuples(st.just("update_one"), st.builds(lambda key: {"_id": key}, keys), single_updates),
    st.tuples(st.just("update_many"), queries, wide_updates),
    st.tuples(st.just("delete_many"), queries),
    st.tuples(
        st.just("insert_one"), st.builds(lambda key, rest: {"_id": key, **rest}, keys, contents)
    ),
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def twins(database: Database) -> tuple[Collection, Collection]:
    """The same documents twice, with indexes and without."""
    indexed, plain = database["indexed"], database["plain"]
    for index in INDEXES:
        await indexed.create_index(index)
    return indexed, plain


async def outcome(collection: Collection, change: tuple[Any, ...]) -> Any:
    method, *arguments = change
    try:
        result = await getattr(collection, method)(*arguments)
    except (WriteError, DuplicateKeyError) as error:
        return error.code
    if method.startswith("delete"):
        return result.deleted_count
    return None if method.startswith("insert") else (result.matched_count, result.modified_count)


async def assert_same(twins: tuple[Collection, Collection], wanted: list[Any]) -> None:
    for query, order, skip, limit in wanted:
        by_index, by_scan = [
            [
                await ids(twin, query, sort=order, skip=skip, limit=limit),
                sorted(await ids(twin, query)),
                await twin.count_documents(query),
            ]
            for twin in twins
        ]
        assert by_index == by_scan


@settings(max_examples=50, deadline=None)
@given(
    documents=st.dictionaries(keys, contents, min_size=5),
    rounds=st.lists(
        st.tuples(st.lists(finds, min_size=1, max_size=4), changes), min_size=1, max_size=4
    ),
)
async def test_index_and_scan_agree(
    twins: tuple[Collection, Collection],
    documents: dict[int, Document],
    rounds: list[tuple[list[Any], tuple[Any, ...]]],
) -> None:
    for twin in twins:
        await twin.delete_many({})
        await twin.insert_many([{"_id": key, **rest} for key, rest in documents.items()])

    for wanted, change in rounds:
        await assert_same(twins, wanted)
        by_index, by_scan = [await outcome(twin, change) for twin in twins]
        assert by_index == by_scan
        await assert_same(twins, wanted)

    left_in_indexed, left_in_plain = [
        await twin.find(sort=[("_id", 1)]).to_list(None) for twin in twins
    ]
    assert left_in_indexed == left_in_plain
