"""Search against a bare client: indexing the tweets, and asking for them."""

import asyncio
import random
import time
from urllib.parse import quote

from elasticsearch import AsyncElasticsearch
from msgspec import json

from bench.client import Connection, get
from bench.row import Round, Row, at_least, at_most, middle, percentile
from bench.world import World, bring_up, process, say
from deploy.stack import Stack
from events.log import Log
from events.observer import observer
from events.reader import ends, partitions
from gateway.accounts import Accounts
from gateway.filling import SPARE
from projections import generations
from projections.elasticsearch import Document, search
from projections.registry import VIEWS, Readers
from projections.search.indexes import Indexes
from projections.search.queries import Window
from projections.search.reads import Asked
from projections.stores import Stores
from schemas.search import parse
from schemas.servers import Servers
from schemas.topics import TWEETS
from streams.dead_letters import DeadLetters
from streams.feed import Feed

INDEXING_TARGET = 0.6
SEARCH_TARGET = 3.0
FLOOR_GENERATION = 1_000_000
BATCH = 1_000
WRITERS = 4
SETTLE_SECONDS = 0.5
RUNS = 13
PAGE = 10
QUERIES = 150
ROUNDS = 4
WARM_UP = 100
FILLED_SHARE = 0.5


async def search_rows(stack: Stack, stores: Stores, servers: Servers, world: World) -> list[Row]:
    """Pages show what the tweet store holds, so it gets what the index got."""
    bare = AsyncElasticsearch(servers.elasticsearch, request_timeout=30)
    try:
        indexing = await _indexing(stores, servers, bare)
        await bring_up(stores, servers, ["tweets"])
        return [
            indexing,
            await _searching(stack, stores, bare, world),
        ]
    finally:
        await bare.close()


async def _indexing(stores: Stores, servers: Servers, bare: AsyncElasticsearch) -> Row:
    """The tweets of the log into the index, and the same with bare requests, in turns.

    The round in the middle; without the first one, in which Elasticsearch compiles what it runs."""
    at = await generations.current(stores.postgres)
    indexes = Indexes(stores.search, at["search"])
    rounds = []
    for _ in range(1 + RUNS):
        await indexes.drop()
        await _settled(bare)
        events, rate = await _fill(stores, servers)
        await stores.search.indices.refresh(index=indexes.tweets)
        hits = await _documents(stores, indexes.tweets)
        if len(hits) != events:
            raise RuntimeError(f"{len(hits)} of {events} tweets are in the index")
        await _settled(bare)
        rounds.append(Round(rate, await _bare_bulk(bare, stores, hits)))
    return at_least("indexing tweets", "events/s", *middle(rounds[1:]), INDEXING_TARGET)


async def _fill(stores: Stores, servers: Servers) -> tuple[int, float]:
    """How many events there are on the log, and how many were indexed in a second."""
    view = VIEWS["search"](stores, await generations.current(stores.postgres))
    await view.prepare()
    found = await partitions(servers.kafka, [TWEETS.name])
    async with observer(servers.kafka) as consumer, Log(servers.kafka) as log:
        end = await ends(consumer, found)
        feeds = [Feed(view, one, servers.kafka, DeadLetters(log)) for one in found]
        started = time.perf_counter()
        await asyncio.gather(*(feed.catch_up(end[feed.partition]) for feed in feeds))
        events = sum(end.values())
        return events, events / (time.perf_counter() - started)


async def _settled(bare: AsyncElasticsearch) -> None:
    """Waits until nothing that was asked for before, such as a deletion, is under way."""
    await bare.cluster.health(wait_for_events="languid", wait_for_no_initializing_shards=True)
    await asyncio.sleep(SETTLE_SECONDS)


async def _documents(stores: Stores, index: str) -> list[Document]:
    found: list[Document] = []
    body: Document = {"size": BATCH, "sort": [{"id": "asc"}], "track_total_hits": False}
    while hits := (await search(stores.search, index, body))["hits"]["hits"]:
        found += hits
        body["search_after"] = hits[-1]["sort"]
    return found


async def _bare_bulk(bare: AsyncElasticsearch, stores: Stores, hits: list[Document]) -> float:
    floor = Indexes(stores.search, FLOOR_GENERATION)
    await floor.create()
    batches = [hits[start : start + BATCH] for start in range(0, len(hits), BATCH)]

    async def write(number: int) -> None:
        for batch in batches[number::WRITERS]:
            lines: list[Document] = []
            for hit in batch:
                lines += [{"index": {"_id": hit["_id"]}}, hit["_source"]]
            await bare.bulk(index=floor.tweets, operations=lines)

    started = time.perf_counter()
    await asyncio.gather(*(write(number) for number in range(WRITERS)))
    elapsed = time.perf_counter() - started
    await floor.drop()
    return len(hits) / elapsed


async def _searching(stack: Stack, stores: Stores, bare: AsyncElasticsearch, world: World) -> Row:
    """Each query to the gateway and, as the gateway asks it, by a bare client; either is first in
    turns."""
    reader = world.follows[0][0]
    token = await Accounts(stores.postgres).issue_token(reader)
    at = await generations.current(stores.postgres)
    readers, indexes = Readers.at(stores, at), Indexes(stores.search, at["search"])
    queries = await _queries(stores, indexes.tweets)
    _, walled = await readers.graph.surroundings(reader)
    values: list[float] = []
    floors: list[float] = []
    filled = 0
    async with process(stack, ["gateway"], port=stack.gateway_port):
        connection = await Connection.open(stack.gateway_port)
        for number, query in enumerate(queries * ROUNDS):
            request = get(f"/2/tweets/search/all?max_results={PAGE}&query={quote(query)}", token)
            body = readers.search.recent_body(
                Asked(parse(query), {}, Window(), {reader}, set(walled)), PAGE + 1 + SPARE
            )
            page, taken = b"", {}
            for who in ("gateway", "bare") if number % 2 else ("bare", "gateway"):
                started = time.perf_counter()
                if who == "gateway":
                    page = await connection.send(request)
                else:
                    await bare.search(index=indexes.tweets, body=body)
                taken[who] = (time.perf_counter() - started) * 1e3
            filled += bool(json.decode(page).get("data"))
            if number >= WARM_UP:
                values.append(taken["gateway"])
                floors.append(taken["bare"])
        connection.close()
    if filled < FILLED_SHARE * len(queries) * ROUNDS:
        raise RuntimeError(f"only {filled} of {len(queries) * ROUNDS} pages have a tweet")
    say(f"p50 {percentile(values, 0.5):.1f} ms, bare {percentile(floors, 0.5):.1f} ms")
    return at_most(
        "search, p99", "ms", percentile(values, 0.99), percentile(floors, 0.99), SEARCH_TARGET
    )


async def _queries(stores: Stores, index: str) -> list[str]:
    """Of words that stand in tweets: alone, two together, either of two, next to each other.

    Of the oldest tweets, which are the data's: newer ones may be what another row has posted.
    Raises `RuntimeError` when too few can be made.
    """
    body: Document = {"size": QUERIES, "sort": [{"id": "asc"}]}
    hits = (await search(stores.search, index, body))["hits"]["hits"]
    chance = random.Random(7)  # noqa: S311 - the same queries each time
    queries = []
    for hit in hits:
        words = [word for word in hit["_source"]["text"].split() if len(word) > 3]
        if len(words) < 3:
            continue
        one, other = chance.sample(words, 2)
        tags = hit["_source"]["hashtags"]
        queries += [
            one,
            f"{one} {other}",
            f'"{one}" OR "{other}"',
            f"#{tags[0]} -is:reply" if tags else f"{one} has:hashtags",
        ]
    if len(queries) < QUERIES:
        raise RuntimeError(f"the tweets make only {len(queries)} of {QUERIES} queries")
    return queries[:QUERIES]
