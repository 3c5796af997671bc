import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from elasticsearch import BadRequestError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from projections.counters import Counters, CountersView
from projections.elasticsearch import BulkRefused, Elasticsearch, SearchAway, bulk, connect
from projections.search import SearchIndex, SearchView
from projections.search.documents import tweet_document
from projections.search.indexes import PROTECTED, Indexes
from projections.search.operations import EXPECTED
from projections.search.queries import Window, compiled, filtered
from projections.search.reads import Asked, Expired
from projections.stores import Stores
from projections.view import CheckpointBehind
from schemas.events import (
    ProfileChanged,
    RetweetRemoved,
    TweetRetweeted,
    UserErased,
    UserRegistered,
)
from schemas.search import Facts, Node, matches, parse
from tests.projections.looks import after_the_first_look
from tests.projections.marks import cleared, disliked, liked
from tests.projections.memory_log import (
    MemoryLog,
    deleted,
    edited,
    now_ms,
    posted,
    replied,
    reply_deleted,
)
from tests.schemas.queries import QUERIES, USERS, tweets


@pytest.fixture
def client(stores: Stores) -> Elasticsearch:
    return stores.search


@pytest.fixture
async def counters(stores: Stores, generation: int) -> AsyncIterator[CountersView]:
    view = CountersView(stores.mongo, stores.redis, generation)
    await view.prepare()
    yield view
    await view.drop()


def view_of(stores: Stores, generation: int) -> SearchView:
    counters = Counters(stores.mongo, stores.redis, generation)
    return SearchView(stores.search, generation, counters)


@pytest.fixture
async def view(stores: Stores, generation: int) -> AsyncIterator[SearchView]:
    view = view_of(stores, generation)
    await view.prepare()
    yield view
    await view.drop()


@pytest.fixture
def index(client: Elasticsearch, generation: int) -> SearchIndex:
    return SearchIndex(client, generation)


async def found(index: SearchIndex, query: str, **allowed: frozenset[int]) -> list[int]:
    await index.refreshed()
    return await index.recent(Asked(parse(query), USERS, Window(), **allowed), 100)


def a_story(log: MemoryLog) -> None:
    log.append(posted(100, 1, "one #a"), posted(200, 1, "one"), posted(300, 2, "one"))
    log.append(edited(100, 1, 101, "two #b"), deleted(200, 1), edited(100, 1, 102, "three"))


def retweeted(retweet: int, actor: int, tweet: int, author: int) -> TweetRetweeted:
    return TweetRetweeted(
        event_id=retweet, at=now_ms(), actor=actor, request_id="t", tweet_id=tweet, author=author,
        retweet_id=retweet,
    )  # fmt: skip


def unretweeted(retweet: int, actor: int, tweet: int, author: int) -> RetweetRemoved:
    return RetweetRemoved(
        event_id=retweet, at=now_ms(), actor=actor, request_id="t", tweet_id=tweet, author=author,
        retweet_id=retweet,
    )  # fmt: skip


def registered(user: int, username: str, name: str) -> UserRegistered:
    return UserRegistered(
        event_id=user, at=now_ms(), actor=user, request_id="t", user_id=user, username=username,
        name=name,
    )  # fmt: skip


def profile(user: int, username: str, name: str = "", *, protected: bool = False) -> ProfileChanged:
    return ProfileChanged(
        event_id=user, at=now_ms(), actor=user, request_id="t", user_id=user, username=username,
        name=name, protected=protected,
    )  # fmt: skip


def erased(user: int) -> UserErased:
    return UserErased(event_id=user, at=now_ms(), actor=user, request_id="t", user_id=user)


async def test_the_newest_wording_is_found(view: SearchView, index: SearchIndex) -> None:
    log = MemoryLog()
    a_story(log)
    await log.feed(view)
    assert await found(index, "three") == [100]
    assert await found(index, "one") == [300]
    assert await found(index, "#a OR #b") == []
    assert await found(index, "from:ada OR from:bob") == [300, 100]


async def test_vowel_signs_tell_words_apart_and_points_do_not(
    view: SearchView, index: SearchIndex
) -> None:
    log = MemoryLog()
    log.append(posted(100, 1, "काला घर"), posted(200, 1, "किला"))
    log.append(posted(300, 1, "هٰذَا كِتَابٌ"), posted(400, 1, "كتاب"), posted(500, 1, "မြန်မာစာ"))
    await log.feed(view)
    assert await found(index, "काला") == [100]
    assert await found(index, "किला") == [200]
    assert await found(index, "كتاب") == await found(index, "كِتَابٌ") == [400, 300]
    assert await found(index, '"هذا كتاب"') == [300]
    assert await found(index, "မြန်မာ") == [500]
    assert await found(index, "မာန်") == []


async def test_an_edit_keeps_media_and_takes_back_links(
    view: SearchView, index: SearchIndex
) -> None:
    log = MemoryLog()
    log.append(posted(100, 1, "one https://example.com #a"), edited(100, 1, 101, "two $BRD"))
    await log.feed(view)
    assert await found(index, "from:ada has:cashtags") == [100]
    assert await found(index, "from:ada has:links") == []
    assert await found(index, "from:ada has:hashtags") == []


async def test_nothing_of_a_deleted_tweet_stays(
    view: SearchView, index: SearchIndex, client: Elasticsearch, generation: int
) -> None:
    log = MemoryLog()
    log.append(posted(100, 1, "a secret"), edited(100, 1, 101, "another"), deleted(100, 1))
    log.append(edited(100, 1, 102, "too late"), posted(100, 1, "a secret"))
    await log.feed(view)
    assert await found(index, "secret OR another OR late OR from:ada") == []
    stored = await client.get(index=Indexes(client, generation).tweets, id="100")
    assert stored["_source"] == {"deleted": True}


async def test_somebody_elses_events_change_nothing(view: SearchView, index: SearchIndex) -> None:
    log = MemoryLog()
    log.append(posted(100, 1, "mine"), edited(100, 2, 101, "yours"), deleted(100, 2))
    await log.feed(view)
    assert await found(index, "mine") == [100]


async def test_an_edit_of_what_never_was_changes_nothing(
    view: SearchView, index: SearchIndex
) -> None:
    log = MemoryLog()
    log.append(edited(100, 1, 101, "two"), deleted(200, 1))
    await log.feed(view)
    assert (await view.digest()).rows == 0


async def test_replies(view: SearchView, index: SearchIndex) -> None:
    log = MemoryLog()
    log.append(posted(100, 1, "one"), replied(110, 2, (100, 1), text="one too"))
    log.append(replied(120, 3, (100, 1), (110, 2), text="me too"), replied(130, 3, (100, 1)))
    log.append(reply_deleted(130, 3))
    await log.feed(view)
    assert await found(index, "conversation_id:100") == [120, 110, 100]
    assert await found(index, "conversation_id:100 is:reply") == [120, 110]
    assert await found(index, "to:bob") == [120]
    assert await found(index, "one -is:reply") == [100]


async def test_retweets(view: SearchView, index: SearchIndex) -> None:
    log = MemoryLog()
    log.append(posted(100, 1, "one"), retweeted(200, 2, 100, 1), retweeted(300, 3, 100, 1))
    log.append(unretweeted(300, 3, 100, 1))
    await log.feed(view)
    assert await found(index, "retweets_of:ada") == [200]
    assert await found(index, "from:bob is:retweet") == [200]
    assert await found(index, "from:bob -is:retweet") == []
    log.append(unretweeted(200, 2, 100, 1), retweeted(400, 2, 100, 1))
    await log.feed(view)
    assert await found(index, "retweets_of_tweet_id:100") == [400]


async def test_likes_are_found_whichever_comes_first(
    view: SearchView, index: SearchIndex, counters: CountersView
) -> None:
    log = MemoryLog()
    log.append(posted(100, 1, "one"), posted(200, 1, "one"), replied(300, 2, (100, 1), text="one"))
    log.append(*(liked(100, user) for user in (1, 2, 3)), liked(300, 1), disliked(200, 1))
    log.append(cleared(100, 3), liked(400, 1))
    await log.feed(counters)
    for batch in sorted(log.batches(view)):
        await view.apply(batch)
    assert sorted(batch.partition.topic for batch in log.batches(view))[0] == "reactions"
    assert await found(index, "one min_likes:0") == [300, 200, 100]
    assert await found(index, "one min_likes:1") == [300, 100]
    assert await found(index, "one min_likes:2") == [100]
    assert await found(index, "one min_likes:3") == []
    before = await view.digest()
    for batch in sorted(log.batches(view), reverse=True):
        await view.apply(batch)
    assert await view.digest() == before
    log.append(liked(200, 1))
    await log.feed(counters, view)
    assert await found(index, "one min_likes:1") == [300, 200, 100]


async def test_a_like_between_the_first_look_and_the_tweet_is_found(
    stores: Stores, generation: int, index: SearchIndex, counters: CountersView,
    view: SearchView, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    log = MemoryLog()
    log.append(posted(100, 1, "one"), posted(200, 1, "one"))
    late = Counters(stores.mongo, stores.redis, generation)

    async def a_like() -> None:
        log.append(liked(100, 2))
        await log.feed(counters)
        await view.apply(next(log.batches(view)))

    after_the_first_look(late, a_like, monkeypatch)
    [tweets] = log.batches(view)
    await SearchView(stores.search, generation, late).apply(tweets)
    assert await found(index, "one min_likes:1") == [100]


async def test_a_like_that_was_counted_meanwhile_reaches_a_tweet_that_was_there_already(
    view: SearchView, index: SearchIndex, counters: CountersView
) -> None:
    log = MemoryLog()
    log.append(posted(100, 1, "one"))
    [tweets] = log.batches(view)
    await view.apply(tweets)
    log.append(liked(100, 2))
    await log.feed(counters)
    await view.apply(tweets)
    assert await found(index, "one min_likes:1") == [100]


async def test_who_is_protected_counts_in_the_digest(
    view: SearchView, client: Elasticsearch, generation: int
) -> None:
    log = MemoryLog()
    log.append(profile(1, "ada", protected=True), profile(2, "bob"), profile(3, "eve"))
    await log.feed(view)
    before = await view.digest()
    state = Indexes(client, generation).state
    found = await client.get(index=state, id="protected")
    await client.index(index=state, id="protected", document={**found["_source"], "ids": []})
    assert await view.digest() != before


async def test_protected_authors_are_left_out(view: SearchView, index: SearchIndex) -> None:
    log = MemoryLog()
    log.append(posted(100, 1, "one"), posted(200, 2, "one"), retweeted(300, 3, 100, 1))
    log.append(profile(1, "ada", protected=True), profile(2, "bob"))
    await log.feed(view)
    assert await found(index, "one OR from:carla") == [200]
    allowed = frozenset({1})
    assert await found(index, "one OR from:carla", allowed=allowed) == [300, 200, 100]
    walled = frozenset({2, 3})
    assert await found(index, "one OR from:carla", allowed=allowed, walled=walled) == [100]
    log.append(profile(1, "ada"))
    await log.feed(view)
    assert await found(index, "one") == [200, 100]


MANY = frozenset(range(1_000, 1_000 + 65_536))
"""With one more, what Elasticsearch takes without being told otherwise."""


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_any_number_may_be_protected_followed_and_blocked(
    view: SearchView, index: SearchIndex, client: Elasticsearch, generation: int
) -> None:
    log = MemoryLog()
    log.append(posted(100, 1, "one"), posted(200, 2, "one"), posted(300, 3, "one"))
    await log.feed(view)
    indexes = Indexes(client, generation)
    protected = {"ids": [str(user) for user in (2, *MANY)], "seen": {}}
    await client.index(index=indexes.state, id=PROTECTED, document=protected)
    assert await found(index, "one") == [300, 100]
    asked = {"allowed": MANY | {2}, "walled": MANY | {3}}
    assert await found(index, "one", **asked) == [200, 100]
    question = Asked(parse("one"), USERS, Window(), **asked)
    ranked = await index.relevant(question, 1, None, now_ms())
    ranked += await index.relevant(question, 9, ranked[-1], now_ms())
    assert sorted(one.tweet_id for one in ranked) == [100, 200]
    assert await index.counts(question, 86_400_000)
    assert await index.trends(now_ms(), 3_600_000, 10) == []


async def test_an_index_of_before_is_told_to_take_as_many(
    view: SearchView, index: SearchIndex, client: Elasticsearch, generation: int
) -> None:
    name = Indexes(client, generation).tweets
    await client.indices.put_settings(index=name, settings={"max_terms_count": 3})
    log = MemoryLog()
    log.append(posted(100, 1, "one"))
    log.append(*(profile(user, f"u{user}", protected=True) for user in range(10, 15)))
    await log.feed(view)
    with pytest.raises(BadRequestError):
        await found(index, "one")
    await view.prepare()
    assert await found(index, "one") == [100]


async def test_a_query_that_is_refused_is_not_one_that_is_too_old(
    view: SearchView, index: SearchIndex, client: Elasticsearch, generation: int
) -> None:
    log = MemoryLog()
    log.append(posted(100, 1, "one"))
    await log.feed(view)
    await index.refreshed()
    question = Asked(parse("one"), USERS, Window())
    (first,) = await index.relevant(question, 1, None, now_ms())
    name = Indexes(client, generation).tweets
    await client.indices.put_settings(index=name, settings={"max_terms_count": 3})
    many = replace(question, walled=frozenset(range(10)))
    with pytest.raises(BadRequestError):
        await index.relevant(many, 1, first, now_ms())
    await index.seen_all(first)
    for opened in (first.opened, "", "x", "é"):
        with pytest.raises(Expired):
            await index.relevant(question, 1, replace(first, opened=opened), now_ms())


async def test_an_index_that_is_closed_is_waited_for(
    view: SearchView, index: SearchIndex, client: Elasticsearch, generation: int
) -> None:
    log = MemoryLog()
    log.append(posted(100, 1, "one"))
    name = Indexes(client, generation).tweets
    await client.indices.close(index=name)
    with pytest.raises(SearchAway):
        await log.feed(view)
    await client.indices.open(index=name, wait_for_active_shards=1)
    await log.feed(view)
    assert await found(index, "one") == [100]


async def test_an_index_of_another_version_is_waited_for(
    view: SearchView, client: Elasticsearch, generation: int
) -> None:
    log = MemoryLog()
    log.append(posted(100, 1, "one"))
    name = Indexes(client, generation).tweets
    await client.indices.delete(index=name)
    mappings = {"dynamic": "strict", "properties": {"id": {"type": "long"}}}
    await client.indices.create(index=name, mappings=mappings)
    with pytest.raises(SearchAway):
        await log.feed(view)


@pytest.mark.parametrize(
    ("status", "kind", "raised"),
    [
        (500, "node_closed_exception", SearchAway),
        (504, "receive_timeout_transport_exception", SearchAway),
        (429, "es_rejected_execution_exception", SearchAway),
        (400, "document_parsing_exception", BulkRefused),
    ],
)
async def test_what_elasticsearch_fails_to_write_is_not_what_it_refuses(
    status: int, kind: str, raised: type[Exception]
) -> None:
    """By an answer that no Elasticsearch gives when it is asked to."""
    failed = {"create": {"_id": "1", "status": status, "error": {"type": kind}}}

    async def answer(_: web.Request) -> web.Response:
        known = {"X-Elastic-Product": "Elasticsearch"}
        return web.json_response({"errors": True, "items": [failed]}, headers=known)

    app = web.Application()
    app.router.add_put("/_bulk", answer)
    async with TestServer(app) as server:
        client = connect(str(server.make_url("")))
        try:
            with pytest.raises(raised, match=kind):
                await bulk(client, b"{}\n", expected=EXPECTED)
        finally:
            await client.close()


async def test_people_by_the_beginnings_of_their_names(
    view: SearchView, index: SearchIndex
) -> None:
    log = MemoryLog()
    log.append(registered(1, "Ada_L", "Ada Løvelace"), registered(2, "adam", "Adam"))
    log.append(registered(3, "ada", "Somebody"), registered(4, "zed", "Ada Zed"))
    await log.feed(view)

    async def people(*words: str) -> list[int]:
        await index.refreshed()
        return [user for _, user in await index.people(" ".join(words), words, None, 10)]

    assert await people("ada") == [3, 1, 2, 4]
    assert await people("ada", "l") == [1]
    first = (await index.people("ada", ["ada"], None, 2))[-1]
    assert [user for _, user in await index.people("ada", ["ada"], first, 10)] == [2, 4]
    log.append(profile(2, "eve", "Eve"))
    await log.feed(view)
    assert await people("ada") == [3, 1, 4]
    assert await people("ev") == [2]
    assert await index.people_among([1, 2, 3, 5], ["ada"]) == {1, 3}


async def test_who_was_erased_is_found_by_no_name_and_no_late_event_brings_them_back(
    view: SearchView, index: SearchIndex, client: Elasticsearch, generation: int
) -> None:
    log = MemoryLog()
    log.append(registered(1, "ada", "Ada"), registered(2, "adam", "Adam"), erased(1), erased(1))
    await log.feed(view)
    (partition,) = log.events
    await view.apply(log.batch(partition, 0, 1))
    await index.refreshed()
    assert [user for _, user in await index.people("ada", ["ada"], None, 10)] == [2]
    stored = await client.get(index=Indexes(client, generation).users, id="1")
    assert stored["_source"] == {}


async def test_two_copies_race_and_leave_what_one_would(
    view: SearchView, stores: Stores, generation: int
) -> None:
    log = MemoryLog()
    for tweet in range(1_000, 3_000, 10):
        log.append(posted(tweet, 1), edited(tweet, 1, tweet + 1), edited(tweet, 1, tweet + 2))
        if tweet % 30 == 0:
            log.append(deleted(tweet, 1))
    (partition,) = log.events
    alone = view_of(stores, generation + 1_000_000)
    await alone.prepare()
    await log.feed(alone)

    async def copy(size: int) -> None:
        view = view_of(stores, generation)
        for start in range(0, log.end(partition), size):
            end = min(start + size, log.end(partition))
            await view.apply(log.batch(partition, start, end))

    await asyncio.gather(copy(50), copy(70), copy(90))
    assert await view.digest() == await alone.digest()
    assert await view.checkpoints() == {partition: log.end(partition)}
    await alone.drop()


async def test_a_store_that_lost_its_data_says_so(view: SearchView) -> None:
    log = MemoryLog()
    a_story(log)
    (partition,) = log.events
    await view.apply(log.batch(partition, 0, 4))
    await view.drop()
    with pytest.raises(view.transient):
        await view.apply(log.batch(partition, 4))
    await view.prepare()
    with pytest.raises(CheckpointBehind) as raised:
        await view.apply(log.batch(partition, 4))
    assert (raised.value.partition, raised.value.stored) == (partition, 0)


async def test_one_lost_index_is_enough_to_read_all_again(
    view: SearchView, client: Elasticsearch, generation: int
) -> None:
    log = MemoryLog()
    a_story(log)
    await log.feed(view)
    await client.indices.delete(index=Indexes(client, generation).users)
    with pytest.raises(view.transient):  # which whoever keeps the view alive asks for
        await view.checkpoints()
    await view.prepare()
    assert await view.checkpoints() == {}


async def test_an_index_of_the_same_name_is_another_one(
    view: SearchView, index: SearchIndex, client: Elasticsearch, generation: int
) -> None:
    log = MemoryLog()
    a_story(log)
    await log.feed(view)
    before = await view.digest()
    tweets = Indexes(client, generation).tweets
    definition = (await client.indices.get(index=tweets)).body[tweets]
    await client.indices.delete(index=tweets)
    await client.indices.create(index=tweets, mappings=definition["mappings"])
    with pytest.raises(view.transient):
        await view.checkpoints()
    await view.prepare()
    assert await view.checkpoints() == {}
    await log.feed(view)
    await view.prepare()
    assert await view.checkpoints() == {partition: log.end(partition) for partition in log.events}
    assert await view.digest() == before


async def test_checkpoints_that_do_not_say_what_they_are_of_are_kept(
    view: SearchView, client: Elasticsearch, generation: int
) -> None:
    log = MemoryLog()
    a_story(log)
    await log.feed(view)
    before = await view.checkpoints()
    state = Indexes(client, generation).state
    await client.indices.put_mapping(index=state, meta={})
    for _ in range(2):
        await view.prepare()
        assert await view.checkpoints() == before


async def test_the_most_relevant_comes_first_and_pages_do_not_shift(
    view: SearchView, index: SearchIndex
) -> None:
    log = MemoryLog()
    log.append(
        posted(100, 1, "heron heron heron"), posted(200, 1, "a heron among many other birds")
    )
    log.append(posted(300, 1, "one heron"), posted(400, 1, "no bird"))
    await log.feed(view)
    await index.refreshed()
    asked = Asked(parse("heron"), USERS, Window())
    now = now_ms()
    whole = [one.tweet_id for one in await index.relevant(asked, 10, None, now)]
    assert whole == [100, 300, 200]
    (first,) = await index.relevant(asked, 1, None, now)
    log.append(*(posted(tweet, 1, "heron") for tweet in range(1_000, 1_100)))
    await log.feed(view)
    await index.refreshed()
    rest = await index.relevant(asked, 10, first, now)
    assert [first.tweet_id, *(one.tweet_id for one in rest)] == whole


@settings(
    max_examples=20,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(tweets(), min_size=1, max_size=8), st.lists(QUERIES, min_size=10, max_size=40))
async def test_index_and_matcher_find_the_same(
    view: SearchView,
    client: Elasticsearch,
    generation: int,
    facts: list[Facts],
    queries: list[Node],
) -> None:
    name = Indexes(client, generation).tweets
    await client.delete_by_query(index=name, query={"match_all": {}}, refresh=True)
    lines: list[dict[str, Any]] = []
    for number, one in enumerate(facts):
        lines += [{"index": {"_id": str(number)}}, tweet_document(one, 0)]
    await client.bulk(index=name, operations=lines, refresh=True)
    asked: list[dict[str, Any]] = []
    for query in queries:
        asked += [{}, {"query": filtered(compiled(query, USERS), Window(), []), "size": 100}]
    answers = (await client.msearch(index=name, searches=asked))["responses"]
    for query, answer in zip(queries, answers, strict=True):
        hits = {int(hit["_id"]) for hit in answer["hits"]["hits"]}
        assert hits == {n for n, one in enumerate(facts) if matches(query, one, USERS)}
