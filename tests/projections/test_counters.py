"""Counting what users do to tweets, with MongoDB and Redis."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import cast

import pytest

from projections.counters import Counters, CountersView, Counts, Flags, waiting
from projections.counters.flags import LOADED, MOST
from projections.counters.waiting import CountersBehind, counted
from projections.redis import open_redis
from projections.stores import Stores
from projections.view import CheckpointBehind
from tests.projections.marks import (
    bookmarked,
    cleared,
    disliked,
    liked,
    replied,
    reply_deleted,
    retweet_removed,
    retweeted,
    unbookmarked,
    voted,
)
from tests.projections.memory_log import MemoryLog, deleted, posted

ANN, BEN, CAT = 7, 23, 39


@pytest.fixture
async def view(stores: Stores, generation: int) -> AsyncIterator[CountersView]:
    view = CountersView(stores.mongo, stores.redis, generation)
    await view.prepare()
    yield view
    await view.drop()


@pytest.fixture
def counters(stores: Stores, generation: int) -> Counters:
    return Counters(stores.mongo, stores.redis, generation)


async def counts(counters: Counters, target: int) -> Counts:
    return (await counters.of([target]))[target]


async def test_a_tweet_counts_what_was_done_to_it(view: CountersView, counters: Counters) -> None:
    log = MemoryLog(3)
    log.append(
        posted(100, ANN),
        posted(200, BEN, quote_of=100),
        replied(300, BEN, parent=100),
        replied(400, CAT, parent=300),
        liked(100, BEN),
        liked(100, CAT),
        disliked(100, ANN),
        bookmarked(100, ANN),
        retweeted(100, BEN, 500),
        voted(100, ANN, 2),
        voted(100, BEN, 2),
        voted(100, CAT, 4),
    )
    await log.feed(view)
    tweet = await counts(counters, 100)
    assert (tweet.likes, tweet.dislikes, tweet.bookmarks) == (2, 1, 1)
    assert (tweet.replies, tweet.quotes, tweet.retweets) == (1, 1, 1)
    assert tweet.votes == (0, 2, 0, 1)
    assert (await counts(counters, 300)).replies == 1
    ben = await counts(counters, BEN)
    assert (ben.posts, ben.media, ben.liked) == (3, 0, 1)
    assert await counts(counters, 12345) == Counts()


async def test_what_is_taken_back_counts_no_more(view: CountersView, counters: Counters) -> None:
    log = MemoryLog()
    log.append(
        posted(100, ANN), posted(200, BEN, quote_of=100), replied(300, CAT, parent=100),
        liked(100, BEN), bookmarked(100, BEN), retweeted(100, BEN, 500),
        cleared(100, BEN), unbookmarked(100, BEN), retweet_removed(100, BEN, 500),
        deleted(200, BEN), reply_deleted(300, CAT),
    )  # fmt: skip
    await log.feed(view)
    found = await counts(counters, 100)
    assert found == Counts(as_of=found.as_of)
    assert found.as_of > 0
    assert (await counts(counters, BEN)).posts == 0


async def test_a_like_and_a_dislike_exclude_each_other(
    view: CountersView, counters: Counters
) -> None:
    log = MemoryLog()
    log.append(liked(100, BEN), disliked(100, BEN))
    await log.feed(view)
    tweet = await counts(counters, 100)
    assert (tweet.likes, tweet.dislikes) == (0, 1)
    assert await counters.on_tweet(100, "like", limit=5) == []
    assert [mark.tweet for mark in await counters.by_user(BEN, "dislike", limit=5)] == [100]


async def test_twice_is_once(view: CountersView, counters: Counters) -> None:
    log = MemoryLog()
    first, dislike = liked(100, BEN), disliked(100, BEN)
    log.append(first, first, liked(100, BEN), dislike, dislike)
    log.append(voted(100, BEN, 1), voted(100, BEN, 2), voted(100, CAT, 9))
    log.append(retweeted(100, BEN, 500), retweeted(100, BEN, 501))
    await log.feed(view)
    tweet = await counts(counters, 100)
    assert (tweet.likes, tweet.dislikes, tweet.retweets) == (0, 1, 1)
    assert tweet.votes == (1, 0, 0, 0)
    assert await counters.vote_of(BEN, 100) == 1
    assert await counters.vote_of(CAT, 100) is None
    assert [mark.retweet for mark in await counters.on_tweet(100, "retweet", limit=5)] == [500]


async def test_nobody_deletes_anothers_tweet(view: CountersView, counters: Counters) -> None:
    log = MemoryLog()
    log.append(posted(100, ANN), deleted(100, BEN), posted(101, ANN), deleted(101, ANN))
    log.append(posted(101, ANN))
    await log.feed(view)
    assert (await counts(counters, ANN)).posts == 1


async def test_a_deletion_of_the_other_kind_changes_nothing(
    view: CountersView, counters: Counters
) -> None:
    log = MemoryLog()
    log.append(posted(100, ANN), replied(300, ANN, parent=100))
    log.append(deleted(300, ANN), reply_deleted(100, ANN))
    await log.feed(view)
    await log.feed(view)
    assert (await counts(counters, ANN)).posts == 2
    assert (await counts(counters, 100)).replies == 1


async def test_what_is_deleted_again_and_again_is_no_loss(
    view: CountersView, counters: Counters
) -> None:
    """A state that had seen more than what was counted would have all read again, for ever."""
    log = MemoryLog()
    log.append(posted(100, ANN), *[deleted(100, ANN)] * 3)
    log.append(replied(200, BEN, parent=100), *[reply_deleted(200, BEN)] * 3)
    for topic in ("tweets", "replies"):
        (partition,) = log.partitions(topic)
        for start in range(log.end(partition)):
            await view.apply(log.batch(partition, start, start + 1))
    assert (await counts(counters, ANN)).posts == (await counts(counters, BEN)).posts == 0


async def counted_again(view: CountersView, log: MemoryLog) -> None:
    """From a store that lost everything."""
    await view.drop()
    await view.prepare()
    await log.feed(view)


async def test_what_is_counted_again_has_the_same_age(
    view: CountersView, counters: Counters
) -> None:
    """However it is cut into batches: copies that were taken before are known as no older."""
    log = MemoryLog(2)
    log.append(
        posted(100, ANN), liked(100, BEN), liked(100, CAT), liked(200, CAT), cleared(100, BEN)
    )
    log.append(replied(300, CAT, parent=100))
    await log.feed(view)
    before = await counters.stored([ANN, BEN, CAT, 100, 200])
    await view.drop()
    await view.prepare()
    for partition in log.events:
        for start in range(log.end(partition)):
            await view.apply(log.batch(partition, start, start + 1))
    assert await counters.stored([ANN, BEN, CAT, 100, 200]) == before


async def test_counts_are_not_taken_while_they_may_lack_something(
    view: CountersView, counters: Counters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "WAIT_SECONDS", 0.05)
    log = MemoryLog()
    log.append(liked(100, BEN))
    needed = log.ends(view)
    with pytest.raises(CountersBehind):
        async with counted(counters, needed):
            pytest.fail("nothing is counted yet")
    await log.feed(view)
    async with counted(counters, needed):
        assert (await counts(counters, 100)).likes == 1
    with pytest.raises(CountersBehind):
        async with counted(counters, needed):
            await counted_again(view, log)


async def test_taking_back_a_like_leaves_a_dislike(view: CountersView, counters: Counters) -> None:
    log = MemoryLog()
    log.append(disliked(100, BEN), cleared(100, BEN, what="like"), liked(100, CAT))
    log.append(cleared(100, CAT, what="like"), cleared(200, BEN, what="like"))
    await log.feed(view)
    tweet = await counts(counters, 100)
    assert (tweet.likes, tweet.dislikes) == (0, 1)


async def test_a_batch_applied_twice_is_applied_once(
    view: CountersView, counters: Counters
) -> None:
    log = MemoryLog(2)
    log.append(*(liked(tweet, user) for tweet in (100, 116) for user in range(16, 160, 16)))
    log.append(cleared(100, 16), posted(100, 3), posted(116, 4, quote_of=100))
    await log.feed(view)
    before = await view.digest()
    assert (await counts(counters, 100)).likes == 8
    await log.feed(view, view)
    assert await view.digest() == before
    (first, *_) = log.batches(view)
    for start in range(first.next_offset):
        await view.apply(log.batch(first.partition, start, start + 1))
        assert await view.digest() == before
    assert await view.checkpoints() | log.ends(view) == log.ends(view)


async def test_totals_that_are_read_follow_what_is_written(
    view: CountersView, counters: Counters, stores: Stores
) -> None:
    log = MemoryLog()
    assert await counts(counters, 100) == Counts()
    log.append(liked(100, BEN))
    await log.feed(view)
    (key,) = counters.total_keys([100])
    kept = cast(bytes, await stores.redis.get(key))
    assert (await counters.complete_totals([100], [kept]))[100].likes == 1
    log.append(liked(100, CAT), liked(200, CAT))
    await log.feed(view)
    assert (await counts(counters, 100)).likes == 2
    assert not await stores.redis.exists(*counters.total_keys([200]))


async def test_a_viewer_sees_what_the_viewer_did(
    view: CountersView, counters: Counters, stores: Stores
) -> None:
    log = MemoryLog()
    log.append(liked(100, BEN), bookmarked(100, BEN), disliked(200, BEN), retweeted(300, BEN, 9))
    await log.feed(view)
    tweets = [100, 200, 300, 400]
    expected = {
        100: Flags(liked=True, bookmarked=True),
        200: Flags(disliked=True),
        300: Flags(retweeted=True),
        400: Flags(),
    }
    assert await counters.flags(BEN, tweets) == expected
    kept = cast(bytes, await stores.redis.get(counters.flags_key(BEN)))
    assert kept.startswith(b"L" + bytes(8))
    assert await counters.flags(BEN, tweets) == expected
    log.append(liked(400, BEN), cleared(200, BEN), unbookmarked(100, BEN))
    await log.feed(view)
    changed = {100: Flags(liked=True), 200: Flags(), 400: Flags(liked=True)}
    assert await counters.flags(BEN, tweets) == expected | changed
    assert await counters.flags(CAT, tweets) == dict.fromkeys(tweets, Flags())


async def test_old_marks_are_found_below_the_floor(view: CountersView, counters: Counters) -> None:
    log = MemoryLog()
    tweets = range(100, 100 + 16 * (LOADED + 50), 16)
    log.append(*(liked(tweet, BEN) for tweet in tweets))
    await log.feed(view)
    for _ in range(2):
        flags = await counters.flags(BEN, tweets)
        assert all(flags[tweet].liked for tweet in tweets)


async def test_a_viewer_who_marks_very_much_is_loaded_again(
    view: CountersView, counters: Counters, stores: Stores
) -> None:
    log = MemoryLog()
    assert await counters.flags(BEN, [100]) == {100: Flags()}
    tweets = range(100, 100 + 16 * (MOST + 1), 16)
    log.append(*(liked(tweet, BEN) for tweet in tweets))
    await log.feed(view)
    assert not await stores.redis.exists(counters.flags_key(BEN))
    assert (await counters.flags(BEN, [100]))[100].liked


async def test_where_redis_fails_mongodb_answers(
    view: CountersView, stores: Stores, generation: int
) -> None:
    log = MemoryLog()
    log.append(liked(100, BEN))
    await log.feed(view)
    away = open_redis("redis://127.0.0.1:9/0")
    counters = Counters(stores.mongo, away, generation)
    assert (await counters.flags(BEN, [100]))[100].liked
    assert (await counters.of([100]))[100].likes == 1
    await away.aclose()


async def test_lists_are_paged_from_the_newest(view: CountersView, counters: Counters) -> None:
    log = MemoryLog(2)
    users = range(16, 160, 16)
    log.append(*(liked(100, user) for user in users))
    await log.feed(view)
    first = await counters.on_tweet(100, "like", limit=4)
    assert [mark.user for mark in first] == [144, 128, 112, 96]
    second = await counters.on_tweet(100, "like", place=first[-1].event, limit=4)
    newer = await counters.on_tweet(100, "like", place=second[0].event, newer=True, limit=4)
    assert newer == first[::-1]
    assert [mark.user for mark in second] == [80, 64, 48, 32]


async def test_states_that_nothing_counts_are_made_anew(
    view: CountersView, counters: Counters, stores: Stores, generation: int
) -> None:
    """As a store has them that was wiped after the counts of a batch, before its states."""
    log = MemoryLog()
    log.append(liked(100, BEN), liked(200, BEN), posted(300, ANN), posted(400, ANN, quote_of=100))
    await log.feed(view)
    before = await view.digest()
    await stores.mongo[f"counters_g{generation}_counts"].delete_many({})
    for partition in log.events:
        with pytest.raises(CheckpointBehind) as raised:
            await view.apply(log.batch(partition, 1))
        assert (raised.value.partition, raised.value.stored) == (partition, 0)
        assert (await view.checkpoints())[partition] == 0
    for _ in range(2):  # what the batches above did not touch is found by the first pass
        for batch in log.batches(view):
            with suppress(CheckpointBehind):
                await view.apply(batch)
    assert await view.digest() == before
    assert (await counts(counters, ANN)).posts == 2


async def test_a_store_that_lost_its_data_says_so_and_is_filled_again(
    view: CountersView, counters: Counters
) -> None:
    log = MemoryLog()
    log.append(*(liked(100, user) for user in range(16, 160, 16)))
    (partition,) = log.events
    await log.feed(view)
    before = await view.digest()
    await view.drop()
    await view.prepare()
    with pytest.raises(CheckpointBehind) as raised:
        await view.apply(log.batch(partition, 4))
    assert (raised.value.partition, raised.value.stored) == (partition, 0)
    await log.feed(view)
    assert await view.digest() == before
