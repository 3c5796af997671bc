"""A tweet with very many replies, and its first page of them, beside tweets with few and none."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from bson.int64 import Int64
from msgspec import json
from pymongo import AsyncMongoClient

from bench.client import BadAnswer, Connection, get
from bench.row import Row, at_most, percentile
from bench.world import World, process, say
from deploy.stack import Stack
from events.clock import now_ms
from gateway.accounts import Accounts
from projections import generations
from projections.mongo import Document
from projections.registry import VIEWS
from projections.replies.collections import ReplyCollections
from projections.stores import Stores
from projections.texts.collections import Collections
from projections.texts.documents import document_of
from schemas.ids import first_id_at, time_of
from schemas.servers import Servers
from schemas.tweets import Reference, Reply, Tweet, Version

MANY, FEW, NONE = 1_000_000, 20, 0
"""So many replies the tweets have; the few fill a page."""

PAGE = 20
ANSWERS = 10
"""Each reply with such a number is an answer to the one before."""

LIKES = 997
PEOPLE = 1_000
HOUR_MS = 3_600_000
BATCH = 1_000
WRITERS = 4
PATIENCE_MS = 120_000
"""More than elsewhere: while it is filled, the stand-in for MongoDB collects gigabytes of garbage,
and answers nobody."""

RUNS = 300
TARGET = 1.5
SHOWN = "tweet.fields=author_id,created_at,public_metrics,referenced_tweets&expansions=author_id"
TEXT = "A reply of the usual length, with nothing much to say"

Roots = Mapping[int, Tweet]
"""By how many replies they have."""


async def reply_pages(stack: Stack, stores: Stores, servers: Servers, world: World) -> list[Row]:
    """Median times of requests to a gateway, all of them in turns.

    Raises `BadAnswer` where a page is not as long as it must be.
    """
    people = sorted({user for pair in world.follows for user in pair})[:PEOPLE]
    token = await Accounts(stores.postgres).issue_token(people[0])
    async with (
        _answered(stores, servers, people) as roots,
        process(stack, ["gateway"], port=stack.gateway_port),
    ):
        return await _rows(stack.gateway_port, roots, token)


async def _rows(port: int, roots: Roots, token: str) -> list[Row]:
    path = {count: f"/2/tweets/{root.tweet_id}" for count, root in roots.items()}
    page = f"replies?max_results={PAGE}&{SHOWN}"
    alone, newest, liked = (
        {count: get(asked, token) for count, asked in several.items()}
        for several in (
            {count: f"{path[count]}?{SHOWN}" for count in (MANY, NONE)},
            {count: f"{path[count]}/{page}" for count in (MANY, FEW, NONE)},
            {count: f"{path[count]}/{page}&sort_order=likes" for count in (MANY, FEW)},
        )
    )
    connection = await Connection.open(port)
    for requests in (newest, liked):
        for count, request in requests.items():
            await probe(connection, request, min(count, PAGE))
    taken: dict[bytes, list[float]] = {r: [] for of in (alone, newest, liked) for r in of.values()}
    for _ in range(RUNS):
        for request, times in taken.items():
            started = time.perf_counter()
            await connection.send(request)
            times.append((time.perf_counter() - started) * 1_000)
    connection.close()
    ms = {request: percentile(times, 0.5) for request, times in taken.items()}
    many = f"{MANY:,}"
    return [
        at_most(f"tweet with {many} replies", "ms", ms[alone[MANY]], ms[alone[NONE]], TARGET),
        at_most(
            f"replies of {many}, newest first", "ms", ms[newest[MANY]], ms[newest[FEW]], TARGET
        ),
        at_most(
            f"replies of {many}, most liked first", "ms", ms[liked[MANY]], ms[liked[FEW]], TARGET
        ),
        at_most(f"replies of {many}, beside none", "ms", ms[newest[MANY]], ms[newest[NONE]], None),
    ]


async def probe(connection: Connection, request: bytes, expected: int) -> None:
    found = len(json.decode(await connection.send(request)).get("data", ()))
    if found != expected:
        raise BadAnswer(f"a page of {found} replies instead of {expected}")


@asynccontextmanager
async def _answered(
    stores: Stores, servers: Servers, people: Sequence[int]
) -> AsyncIterator[Roots]:
    """The tweets and all their replies, as the views would have written them an hour after."""
    at = await generations.current(stores.postgres)
    began = first_id_at(now_ms() - HOUR_MS)
    tweets = Collections(stores.mongo, "tweets", at["tweets"]).texts
    replies = ReplyCollections(stores.mongo, at["replies"])
    views = [VIEWS[name](stores, at) for name in ("tweets", "replies")]
    await asyncio.gather(*(view.prepare() for view in views))
    roots = {}
    for number, count in enumerate((MANY, FEW, NONE)):
        root_id = first_id_at(time_of(began) + number)
        roots[count] = Tweet(root_id, people[0], (Version(root_id, TEXT, time_of(root_id)),))
        await tweets.insert_one(document_of(roots[count]))
    started = time.perf_counter()
    for count, root in roots.items():
        await _write(servers.mongodb, replies, root, count, people)
    say(f"{MANY:,} replies were put into the store in {time.perf_counter() - started:.0f} s")
    try:
        yield roots
    finally:
        await replies.drop()
        await asyncio.gather(*(view.prepare() for view in views))
        await tweets.delete_many({"_id": {"$in": [Int64(t.tweet_id) for t in roots.values()]}})


async def _write(
    uri: str, replies: ReplyCollections, root: Tweet, count: int, people: Sequence[int]
) -> None:
    starts = iter(range(0, count, BATCH))

    async def write() -> None:
        for start in starts:
            numbers = range(start, min(start + BATCH, count))
            written = [reply_of(root, number, people) for number in numbers]
            answered = [one["parent"]["id"] for one in written if one["parent"] != one["root"]]
            await texts.insert_many(written, ordered=False)
            if answered:
                await those_answered.insert_many([{"_id": reply} for reply in answered])

    async with AsyncMongoClient[Document](uri, connectTimeoutMS=PATIENCE_MS) as client:
        database = client.get_default_database()
        texts, those_answered = database[replies.texts.name], database[replies.answered.name]
        await asyncio.gather(*(write() for _ in range(WRITERS)))


def reply_of(root: Tweet, number: int, people: Sequence[int]) -> Document:
    """The document of the tweet's reply with that number, from 0."""
    reply_id, author = root.tweet_id + 1 + number, people[number % len(people)]
    first = Reference(root.tweet_id, root.author)
    parent = first
    if number % ANSWERS == ANSWERS - 1:
        parent = Reference(reply_id - 1, people[(number - 1) % len(people)])
    said = Version(reply_id, TEXT, time_of(reply_id))
    document = document_of(Tweet(reply_id, author, (said,), reply=Reply(first, parent)))
    return document | {"likes": number * 7_919 % LIKES}
