import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from events.positions import Partition
from projections.counters import Counters, CountersView, waiting
from projections.counters.waiting import CountersBehind
from projections.replies import RepliesView, ReplyStore
from projections.replies.reads import TOP
from projections.stores import Stores
from projections.texts import Texts
from projections.tweets import TweetStore
from projections.view import CheckpointBehind
from schemas.tweets import Reference, Reply, Tweet, Version
from tests.projections.looks import after_the_first_look
from tests.projections.marks import cleared, disliked, liked
from tests.projections.memory_log import (
    MemoryLog,
    replied,
    reply_deleted,
    reply_edited,
    reply_hidden,
)

ROOT = (100, 7)
TWEET = Tweet(100, 7, (Version(100, "Dipper", 1),))


@pytest.fixture
async def counters(stores: Stores, generation: int) -> AsyncIterator[CountersView]:
    view = CountersView(stores.mongo, stores.redis, generation)
    await view.prepare()
    yield view
    await view.drop()


def view_of(stores: Stores, generation: int) -> RepliesView:
    return RepliesView(stores.mongo, generation, Counters(stores.mongo, stores.redis, generation))


@pytest.fixture
async def view(stores: Stores, generation: int) -> AsyncIterator[RepliesView]:
    view = view_of(stores, generation)
    await view.prepare()
    yield view
    await view.drop()


@pytest.fixture
def store(stores: Stores, generation: int) -> ReplyStore:
    return ReplyStore(stores.mongo, generation)


def a_story(log: MemoryLog) -> None:
    log.append(replied(200, 8, ROOT, text="one"), replied(300, 9, ROOT), replied(400, 9, ROOT))
    log.append(replied(500, 7, ROOT, (200, 8)), reply_edited(200, 8, 201, "two"))
    log.append(reply_hidden(300, 7, 100), reply_deleted(400, 9))
    log.append(reply_hidden(200, 7, 100), reply_hidden(200, 7, 100, hidden=False))


async def ids(store: ReplyStore, tweet: Tweet = TWEET, *, hidden: bool = False) -> list[int]:
    return [reply.tweet_id for reply in await store.newest(tweet, hidden=hidden, limit=10)]


async def test_replies_are_found_by_id_and_below_what_they_answer(
    view: RepliesView, store: ReplyStore
) -> None:
    log = MemoryLog()
    a_story(log)
    await log.feed(view)
    found = await store.find([200, 400, 500, 600])
    first = found[200]
    assert first is not None
    assert (first.author, first.text, first.conversation) == (8, "two", 100)
    assert first.reply == Reply(Reference(100, 7), Reference(100, 7))
    assert found[500] is not None
    assert found[500].reply == Reply(Reference(100, 7), Reference(200, 8))
    assert found[400] is None
    assert 600 not in found
    assert await store.tweets_of_versions([201]) == {201: 200}
    assert await store.of_author(9, limit=10) == [300]
    assert await ids(store) == [200]
    assert await ids(store, hidden=True) == [300]
    assert await ids(store, first) == [500]
    assert await store.answered([200, 300, 400, 500]) == {200}


async def test_answers_are_paged_from_the_newest(view: RepliesView, store: ReplyStore) -> None:
    log = MemoryLog(3)
    log.append(*(replied(number, 8, ROOT) for number in range(160, 160 + 16 * 20, 16)))
    log.append(*(replied(number, 8, (101, 7)) for number in range(1_600, 1_700, 16)))
    await log.feed(view)
    page = await store.newest(TWEET, limit=3)
    assert [reply.tweet_id for reply in page] == [464, 448, 432]
    page = await store.newest(TWEET, before=192, limit=3)
    assert [reply.tweet_id for reply in page] == [176, 160]


async def test_nothing_of_what_was_said_stays_of_a_deleted_reply(
    view: RepliesView, stores: Stores, generation: int
) -> None:
    log = MemoryLog()
    log.append(replied(200, 8, ROOT, text="a secret"), reply_deleted(200, 8))
    log.append(reply_edited(200, 8, 201), reply_hidden(200, 7, 100), replied(200, 8, ROOT))
    await log.feed(view)
    document = await stores.mongo[f"replies_g{generation}"].find_one({"_id": 200})
    assert document == {"_id": 200, "author": 8, "deleted": True}


async def test_only_its_author_changes_a_reply_and_only_the_roots_author_hides_it(
    view: RepliesView, store: ReplyStore
) -> None:
    log = MemoryLog()
    log.append(replied(200, 8, ROOT, text="mine"), reply_edited(200, 7, 201), reply_deleted(200, 7))
    log.append(reply_hidden(200, 8, 100), reply_hidden(200, 9, 100))
    await log.feed(view)
    (reply,) = await store.newest(TWEET, limit=10)
    assert reply.text == "mine"


async def test_copies_race_and_leave_what_one_would(
    view: RepliesView, stores: Stores, generation: int
) -> None:
    log = MemoryLog()
    for number in range(1_000, 3_000, 10):
        log.append(replied(number, 8, ROOT), reply_edited(number, 8, number + 1))
        log.append(*(reply_hidden(number, 7, 100, hidden=flag) for flag in (True, False)))
        if number % 30 == 0:
            log.append(reply_deleted(number, 8))
        elif number % 40 == 0:
            log.append(reply_hidden(number, 7, 100))
    (partition,) = log.events
    alone = view_of(stores, generation + 1_000_000)
    await alone.prepare()
    await log.feed(alone)

    async def copy(size: int) -> None:
        view = view_of(stores, generation)
        await view.prepare()
        for start in range(0, log.end(partition), size):
            end = min(start + size, log.end(partition))
            await view.apply(log.batch(partition, start, end))

    await asyncio.gather(copy(50), copy(70), copy(90))
    assert await view.digest() == await alone.digest()
    assert await view.checkpoints() == {partition: log.end(partition)}
    await alone.drop()


async def test_a_store_that_lost_its_data_says_so(view: RepliesView) -> None:
    log = MemoryLog()
    a_story(log)
    (partition,) = log.events
    await view.apply(log.batch(partition, 0, 4))
    await view.drop()
    await view.prepare()
    with pytest.raises(CheckpointBehind) as raised:
        await view.apply(log.batch(partition, 4))
    assert (raised.value.partition, raised.value.stored) == (partition, 0)


async def test_what_is_no_tweet_is_looked_for_among_the_replies(
    view: RepliesView, store: ReplyStore, stores: Stores, generation: int
) -> None:
    log = MemoryLog()
    a_story(log)
    await log.feed(view)
    texts = Texts(TweetStore(stores.mongo, generation), store)
    assert (await texts.find([200, 400, 600])).keys() == {200, 400}
    assert await texts.tweets_of_versions([201, 202]) == {201: 200}


def liked_in_turns(log: MemoryLog) -> None:
    """200 by nobody in the end, 300 by two, 400 and 600 by one, 500 not at all."""
    log.append(*(replied(number, 8, ROOT) for number in (200, 300, 400, 500, 600)))
    log.append(liked(300, 1), liked(300, 16), liked(200, 1), liked(400, 32), liked(600, 1))
    log.append(liked(300, 32), disliked(300, 32), cleared(200, 1), liked(100, 1), liked(300, 1))


async def most_liked(store: ReplyStore, limit: int = 10) -> list[tuple[int, int]]:
    found = await store.most_liked(TWEET, limit=limit)
    return [(placed.reply.tweet_id, placed.place.likes) for placed in found]


BY_LIKES = [(300, 2), (600, 1), (400, 1), (500, 0), (200, 0)]


async def test_the_most_liked_replies_come_first(
    view: RepliesView, store: ReplyStore, counters: CountersView
) -> None:
    log = MemoryLog(2)
    liked_in_turns(log)
    await log.feed(counters, view)
    assert await most_liked(store) == BY_LIKES
    assert await view.checkpoints() == {p: log.end(p) for p in log.events}


async def test_likes_are_paged_across_equal_numbers(
    view: RepliesView, store: ReplyStore, counters: CountersView
) -> None:
    log = MemoryLog(2)
    liked_in_turns(log)
    await log.feed(counters, view)
    for size in (1, 2, 3):
        found, below = [], TOP
        while page := await store.most_liked(TWEET, below=below, limit=size):
            found += [reply.tweet_id for reply, _ in page]
            below = page[-1].place
        assert found == [reply for reply, _ in BY_LIKES]


async def test_likes_that_come_before_their_reply_are_not_lost(
    view: RepliesView, store: ReplyStore, counters: CountersView
) -> None:
    log = MemoryLog()
    liked_in_turns(log)
    await log.feed(counters)
    for batch in sorted(log.batches(view)):
        await view.apply(batch)
    assert sorted(batch.partition.topic for batch in log.batches(view))[0] == "reactions"
    assert await most_liked(store) == BY_LIKES


async def test_likes_and_replies_written_at_once_miss_nothing(
    stores: Stores, view: RepliesView, store: ReplyStore, counters: CountersView, generation: int
) -> None:
    log = MemoryLog()
    log.append(*(replied(number, 8, ROOT) for number in range(1_000, 1_300)))
    log.append(*(liked(number, 16 * n) for number in range(1_000, 1_300) for n in (1, 2)))
    await log.feed(counters)

    async def write(partition: Partition, size: int) -> None:
        view = view_of(stores, generation)
        await view.prepare()
        for start in range(0, log.end(partition), size):
            end = min(start + size, log.end(partition))
            await view.apply(log.batch(partition, start, end))

    replies, reactions = log.events
    await asyncio.gather(write(replies, 10), write(reactions, 20), write(reactions, 30))
    found = await store.most_liked(TWEET, limit=400)
    assert [place.likes for _, place in found] == [2] * 300


async def test_likes_applied_again_in_any_order_change_nothing(
    view: RepliesView, store: ReplyStore, counters: CountersView
) -> None:
    log = MemoryLog()
    liked_in_turns(log)
    await log.feed(counters, view)
    before = await view.digest()
    for partition in log.events:
        for start in range(log.end(partition)):
            await view.apply(log.batch(partition, start, start + 1))
    assert await view.digest() == before
    assert await most_liked(store) == BY_LIKES


async def test_a_count_that_was_read_long_ago_takes_no_newer_ones_place(
    view: RepliesView,
    store: ReplyStore,
    counters: CountersView,
    stores: Stores,
    generation: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = MemoryLog()
    log.append(replied(200, 8, ROOT), liked(200, 1))
    await log.feed(counters)
    late = Counters(stores.mongo, stores.redis, generation)
    read_then = await late.reactions([200])

    async def reactions(_: object) -> object:
        return read_then

    monkeypatch.setattr(late, "reactions", reactions)
    log.append(liked(200, 16))
    held_up = RepliesView(stores.mongo, generation, late)
    await held_up.prepare()
    await log.feed(counters, view, held_up)
    assert await most_liked(store) == [(200, 2)]


async def test_a_like_between_the_first_look_and_the_reply_is_found(
    view: RepliesView, store: ReplyStore, counters: CountersView, stores: Stores, generation: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    log = MemoryLog()
    log.append(replied(200, 8, ROOT))
    late = Counters(stores.mongo, stores.redis, generation)

    async def a_like() -> None:
        log.append(liked(200, 2))
        await log.feed(counters)
        await view.apply(next(log.batches(view)))

    after_the_first_look(late, a_like, monkeypatch)
    [replies] = log.batches(view)
    looking = RepliesView(stores.mongo, generation, late)
    await looking.prepare()
    await looking.apply(replies)
    assert await most_liked(store) == [(200, 1)]


async def test_a_like_that_was_counted_meanwhile_reaches_a_reply_that_was_there_already(
    view: RepliesView, store: ReplyStore, counters: CountersView
) -> None:
    log = MemoryLog()
    log.append(replied(200, 8, ROOT))
    [replies] = log.batches(view)
    await view.apply(replies)
    log.append(liked(200, 2))
    await log.feed(counters)
    await view.apply(replies)
    assert await most_liked(store) == [(200, 1)]


async def test_reactions_wait_for_the_counters(
    view: RepliesView, counters: CountersView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "WAIT_SECONDS", 0.05)
    log = MemoryLog()
    log.append(liked(200, 1))
    with pytest.raises(CountersBehind):
        await log.feed(view)
    assert CountersBehind in view.transient
    assert not any((await view.checkpoints()).values())
    await log.feed(counters, view)
    assert await view.checkpoints() == {p: log.end(p) for p in log.events}


async def test_a_page_takes_no_longer_below_a_tweet_with_many_replies(
    view: RepliesView, store: ReplyStore
) -> None:
    few, many = Tweet(101, 7, ()), Tweet(102, 7, ())
    for tweet, count in ((few, 30), (many, 10_000)):
        for start in range(0, count, 1_000):
            numbers = range(tweet.tweet_id * 100_000 + start, tweet.tweet_id * 100_000 + count)
            log = MemoryLog()
            log.append(*(replied(n, 8, (tweet.tweet_id, 7)) for n in numbers[:1_000]))
            await log.feed(view)

    async def fastest(tweet: Tweet) -> float:
        times = []
        for _ in range(15):
            began = time.perf_counter()
            assert len(await store.newest(tweet, limit=20)) == 20
            assert len(await store.most_liked(tweet, limit=20)) == 20
            times.append(time.perf_counter() - began)
        return min(times)

    quick, other = await fastest(few), await fastest(many)
    assert other < 3 * quick, f"{quick * 1e3:.2f} ms below few, {other * 1e3:.2f} ms below many"
