import asyncio
from collections.abc import AsyncIterator

import pytest

from projections.mongo import WriteRefused
from projections.stores import Stores
from projections.texts import Collections
from projections.tweets import TweetStore, TweetsView
from projections.view import CheckpointBehind
from schemas.events import TweetPosted
from schemas.ids import MAX_ID
from schemas.tweets import Reference
from tests.projections.memory_log import MemoryLog, deleted, edited, now_ms, posted


@pytest.fixture
async def view(stores: Stores, generation: int) -> AsyncIterator[TweetsView]:
    view = TweetsView(stores.mongo, generation)
    await view.prepare()
    yield view
    await view.drop()


@pytest.fixture
def store(stores: Stores, generation: int) -> TweetStore:
    return TweetStore(stores.mongo, generation)


def a_story(log: MemoryLog) -> None:
    log.append(posted(100, 7, "one"), posted(200, 7), posted(300, 8))
    log.append(edited(100, 7, 101, "two"), deleted(200, 7), edited(100, 7, 102, "three"))


async def test_a_tweet_with_all_its_versions(view: TweetsView, store: TweetStore) -> None:
    log = MemoryLog()
    a_story(log)
    await log.feed(view)
    found = await store.find([100, 200, 300, 400])
    assert found.keys() == {100, 200, 300}
    tweet = found[100]
    assert tweet is not None
    assert [(version.version_id, version.text) for version in tweet.versions] == [
        (100, "one"),
        (101, "two"),
        (102, "three"),
    ]
    assert (tweet.author, tweet.text, tweet.newest) == (7, "three", 102)
    assert found[200] is None
    assert await store.tweets_of_versions([100, 101, 102]) == {101: 100, 102: 100}
    assert await store.of_author(7, limit=10) == [100]


@pytest.mark.parametrize("at_once", [1, 4])
async def test_an_edit_that_reaches_the_log_after_a_later_one_is_the_older(
    view: TweetsView, store: TweetStore, at_once: int
) -> None:
    """In whatever batches: what is posted and edited in one is written as it ends."""
    log = MemoryLog()
    log.append(posted(100, 7, "one"), edited(100, 7, 103, "four"), edited(100, 7, 101, "two"))
    log.append(edited(100, 7, 103, "four"), edited(100, 7, 102, "three"))
    (partition,) = log.events
    for start in range(0, log.end(partition), at_once):
        end = min(start + at_once, log.end(partition))
        await view.apply(log.batch(partition, start, end))
    found = (await store.find([100]))[100]
    assert found is not None
    assert [version.version_id for version in found.versions] == [100, 101, 102, 103]
    assert (found.text, found.newest) == ("four", 103)


async def test_nothing_of_what_was_said_stays_of_a_deleted_tweet(
    view: TweetsView, stores: Stores, generation: int
) -> None:
    log = MemoryLog()
    log.append(posted(200, 7, "a secret"), edited(200, 7, 201, "another"), deleted(200, 7))
    log.append(edited(200, 7, 202, "too late"), posted(200, 7, "a secret"))
    await log.feed(view)
    document = await stores.mongo[f"tweets_g{generation}"].find_one({"_id": 200})
    assert document == {"_id": 200, "author": 7, "deleted": True}


async def test_a_quote_knows_what_it_quotes(view: TweetsView, store: TweetStore) -> None:
    log = MemoryLog()
    log.append(
        TweetPosted(
            event_id=1, at=now_ms(), actor=7, request_id="t", tweet_id=MAX_ID, text="", quote_of=5
        )
    )
    await log.feed(view)
    found = (await store.find([MAX_ID]))[MAX_ID]
    assert found is not None
    assert found.quote_of == Reference(5, 0)


async def test_somebody_elses_events_change_nothing(view: TweetsView, store: TweetStore) -> None:
    log = MemoryLog()
    log.append(posted(100, 7, "mine"), edited(100, 8, 101), deleted(100, 8))
    await log.feed(view)
    found = (await store.find([100]))[100]
    assert found is not None
    assert found.text == "mine"


async def test_two_copies_race_and_leave_what_one_would(
    view: TweetsView, stores: Stores, generation: int
) -> None:
    log = MemoryLog()
    for tweet in range(1_000, 3_000, 10):
        log.append(posted(tweet, 7), edited(tweet, 7, tweet + 1), edited(tweet, 7, tweet + 2))
        if tweet % 30 == 0:
            log.append(deleted(tweet, 7))
    (partition,) = log.events
    alone = TweetsView(stores.mongo, generation + 1_000_000)
    await alone.prepare()
    await log.feed(alone)

    async def copy(size: int) -> None:
        view = TweetsView(stores.mongo, generation)
        await view.prepare()
        for start in range(0, log.end(partition), size):
            end = min(start + size, log.end(partition))
            await view.apply(log.batch(partition, start, end))

    await asyncio.gather(copy(50), copy(70), copy(90))
    assert await view.digest() == await alone.digest()
    assert await view.checkpoints() == log.ends(view)
    await alone.drop()


async def test_a_store_that_lost_its_data_says_so(view: TweetsView) -> None:
    log = MemoryLog()
    a_story(log)
    (partition,) = log.events
    await view.apply(log.batch(partition, 0, 4))
    await view.drop()
    await view.prepare()
    with pytest.raises(CheckpointBehind) as raised:
        await view.apply(log.batch(partition, 4))
    assert (raised.value.partition, raised.value.stored) == (partition, 0)


async def test_a_write_that_mongodb_will_never_take_is_not_waited_for(
    view: TweetsView, store: TweetStore, stores: Stores, generation: int
) -> None:
    log = MemoryLog()
    log.append(posted(100, 7, "one"))
    await log.feed(view)
    texts = Collections(stores.mongo, "tweets", generation).texts
    await texts.update_one({"_id": 100}, {"$set": {"versions": "no list"}})
    log.append(edited(100, 7, 101, "two"))
    with pytest.raises(WriteRefused):
        await log.feed(view)
    assert not issubclass(WriteRefused, view.transient)


async def test_an_authors_tweets_are_paged_from_the_newest(
    view: TweetsView, store: TweetStore
) -> None:
    log = MemoryLog(3)
    log.append(*(posted(tweet, 7) for tweet in range(16, 16 * 20, 16)))
    await log.feed(view)
    assert await store.of_author(7, limit=2) == [16 * 19, 16 * 18]
    assert await store.of_author(7, before=16 * 3, limit=5) == [32, 16]
