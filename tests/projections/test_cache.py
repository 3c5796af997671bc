from collections.abc import AsyncIterator

import pytest

from events.positions import Partition
from projections.cache import CacheView, HitRate, TweetCache, hit_rate
from projections.cache.values import TTL_SECONDS, key_of, parse, retweet_key, tweet_value
from projections.checkpoints.mongo import Standing
from projections.retweets import RetweetStore, RetweetsView
from projections.stores import Stores
from projections.texts import Texts
from projections.tweets import TweetStore, TweetsView
from schemas.tweets import Tweet, Version
from tests.projections.memory_log import (
    MemoryLog,
    deleted,
    edited,
    now_ms,
    posted,
    replied,
    retweet_removed,
    retweeted,
)


class Shelf:
    """The cache in front of its store, and a log for both."""

    def __init__(self, stores: Stores, generation: int) -> None:
        self.log = MemoryLog()
        self.view = CacheView(stores.redis, generation)
        self.store_view = TweetsView(stores.mongo, generation)
        self.retweets_view = RetweetsView(stores.mongo, generation)
        self.retweets = RetweetStore(stores.mongo, generation)
        self.cache = TweetCache(
            stores.redis, generation, Texts(TweetStore(stores.mongo, generation)), self.retweets
        )
        self._redis = stores.redis
        self._generation = generation

    async def text(self, tweet: int) -> str | None:
        found = (await self.cache.find([tweet]))[tweet]
        return found.text if found else None

    async def versions(self, tweet: int) -> list[int]:
        found = (await self.cache.find([tweet]))[tweet]
        return [version.version_id for version in found.versions] if found else []

    async def retweet(self, user: int, tweet: int) -> int | None:
        """The id of the retweet that is in force."""
        found = (await self.cache.look_up([], [(user, tweet)])).retweets
        return found[user, tweet].retweet_id if found else None

    async def raw(self, tweet: int) -> bytes | None:
        value = await self._redis.get(key_of(self._generation, tweet))
        assert not isinstance(value, str)
        return value

    async def forget(self, tweet: int) -> None:
        await self._redis.delete(key_of(self._generation, tweet))

    async def fill(self, tweet: Tweet) -> None:
        """What a reader does who asked the store some time ago."""
        await self.cache._fill([tweet], [])


@pytest.fixture
async def shelf(stores: Stores, generation: int) -> AsyncIterator[Shelf]:
    shelf = Shelf(stores, generation)
    await shelf.store_view.prepare()
    await shelf.retweets_view.prepare()
    yield shelf
    await shelf.view.drop()
    await shelf.store_view.drop()


def tweet_of(*versions: tuple[int, str]) -> Tweet:
    return Tweet(versions[0][0], 7, tuple(Version(number, text, 1) for number, text in versions))


async def test_a_post_is_read_without_the_store(shelf: Shelf) -> None:
    shelf.log.append(posted(100, 7, "Dipper"), replied(110, 8, (100, 7), text="Where?"))
    shelf.log.append(retweeted(120, 9, 100))
    await shelf.log.feed(shelf.view)
    assert await shelf.text(100) == "Dipper"
    assert await shelf.retweet(9, 100) == 120
    assert await shelf.text(110) == "Where?"
    assert await shelf.cache.checkpoints() == shelf.log.ends(shelf.view)


async def test_what_is_not_cached_comes_from_the_store_and_stays(shelf: Shelf) -> None:
    shelf.log.append(posted(100, 7, "Dipper"))
    await shelf.log.feed(shelf.store_view)
    assert await shelf.text(100) == "Dipper"
    assert (await shelf.raw(100) or b"")[:1] == b"T"


async def test_a_tweet_that_never_was_is_not_found(shelf: Shelf) -> None:
    assert await shelf.cache.find([5]) == {}
    assert await shelf.cache.find([]) == {}


async def test_edits_and_deletions_are_seen(shelf: Shelf) -> None:
    shelf.log.append(posted(100, 7), edited(100, 7, 101, "Dippers"), posted(200, 7))
    await shelf.log.feed(shelf.store_view, shelf.view)
    assert await shelf.text(100) == "Dippers"
    shelf.log.append(deleted(100, 7))
    await shelf.log.feed(shelf.view)
    assert await shelf.cache.find([100]) == {100: None}


async def test_a_late_reader_never_brings_an_older_version_back(shelf: Shelf) -> None:
    shelf.log.append(posted(100, 7), edited(100, 7, 101), edited(100, 7, 102))
    await shelf.log.feed(shelf.view)
    for versions in ([(100, "one")], [(100, "one"), (101, "two")]):
        await shelf.fill(tweet_of(*versions))
        assert (await shelf.raw(100) or b"")[:1] == b"E"
    await shelf.fill(tweet_of((100, "one"), (101, "two"), (102, "three")))
    assert await shelf.text(100) == "three"
    await shelf.fill(tweet_of((100, "one")))
    assert await shelf.text(100) == "three"


async def test_a_late_reader_never_brings_a_deleted_tweet_back(shelf: Shelf) -> None:
    shelf.log.append(posted(100, 7), deleted(100, 7))
    await shelf.log.feed(shelf.view)
    await shelf.fill(tweet_of((100, "one")))
    assert await shelf.text(100) is None


async def test_batches_that_come_again_open_no_place_to_older_versions(shelf: Shelf) -> None:
    shelf.log.append(posted(100, 7), edited(100, 7, 101), edited(100, 7, 102))
    shelf.log.append(posted(200, 7), edited(200, 7, 201), deleted(200, 7))
    await shelf.log.feed(shelf.view)
    await shelf.fill(tweet_of((100, "one"), (101, "two"), (102, "three")))
    (partition,) = shelf.log.events
    for number in range(6):  # a replaced worker, one event after the other
        await shelf.view.apply(shelf.log.batch(partition, number, number + 1))
        await shelf.fill(tweet_of((100, "one"), (101, "two")))
        await shelf.fill(tweet_of((200, "one"), (201, "two")))
        assert (await shelf.raw(100) or b"")[1:9] == (102).to_bytes(8)
        assert await shelf.cache.find([200]) == {200: None}


async def test_an_edit_is_heeded_however_late_it_comes(shelf: Shelf) -> None:
    """The worker was away for longer than an entry lives; readers went on to fill the cache."""
    long_ago = now_ms() - TTL_SECONDS * 2_000
    await shelf.fill(tweet_of((100, "one")))
    await shelf.fill(tweet_of((200, "one")))
    shelf.log.append(posted(300, 7, at=long_ago), edited(100, 7, 101, at=long_ago))
    shelf.log.append(deleted(200, 7, at=long_ago))
    await shelf.log.feed(shelf.view)
    assert await shelf.raw(300) is None
    assert (await shelf.raw(100) or b"")[:1] == b"E"
    assert await shelf.text(200) is None


async def test_values_live_for_a_day(shelf: Shelf, stores: Stores, generation: int) -> None:
    shelf.log.append(posted(100, 7), posted(200, 7), edited(200, 7, 201))
    shelf.log.append(posted(300, 7), deleted(300, 7))
    await shelf.log.feed(shelf.view)
    for tweet in (100, 200, 300):
        assert 0 < await stores.redis.ttl(key_of(generation, tweet)) <= TTL_SECONDS


def test_a_value_is_what_was_put_in() -> None:
    tweet = tweet_of((2**62, "é 🐦"), (2**62 + 1, ""))
    assert parse(tweet_value(tweet)) == tweet


async def test_its_hit_rate_is_added_up_over_processes(
    shelf: Shelf, stores: Stores, generation: int
) -> None:
    shelf.log.append(posted(100, 7), posted(200, 7))
    await shelf.log.feed(shelf.store_view)
    assert (await hit_rate(stores.redis, generation)).share == 0
    await shelf.cache.find([100])
    for cache in (shelf.cache, Shelf(stores, generation).cache):
        await cache.find([100, 200])
        await cache.hits.settle()
        await cache.hits.settle()
    rate = await hit_rate(stores.redis, generation)
    assert rate == HitRate(asked=5, found=3)
    assert rate.share == 0.6


async def test_an_undone_retweet_never_comes_back(shelf: Shelf) -> None:
    """Neither by a redelivery nor by a reader who asked the store before."""
    shelf.log.append(retweeted(120, 9, 100))
    await shelf.log.feed(shelf.view, shelf.retweets_view)
    before = await shelf.retweets.find([(9, 100)])
    shelf.log.append(retweet_removed(120, 9, 100))
    for batch in [*shelf.log.batches(shelf.view), *shelf.log.batches(shelf.view)]:
        await shelf.view.apply(batch)
    await shelf.cache._fill([], before.values())
    assert await shelf.retweet(9, 100) is None
    shelf.log.append(retweeted(140, 9, 100))
    await shelf.log.feed(shelf.view)
    assert await shelf.retweet(9, 100) == 140


async def test_a_retweet_that_the_cache_forgot_comes_from_the_store(shelf: Shelf) -> None:
    shelf.log.append(retweeted(120, 9, 100), retweeted(121, 9, 101), retweet_removed(121, 9, 101))
    await shelf.log.feed(shelf.retweets_view)
    for _ in range(2):
        assert (await shelf.retweet(9, 100), await shelf.retweet(9, 101)) == (120, None)
    assert await shelf.retweet(9, 102) is None


async def _forget(shelf: Shelf, stores: Stores, generation: int) -> None:
    """As a day after the last event: the marks are gone, the checkpoints stay."""
    keys = [key_of(generation, tweet) for tweet in (100, 200)] + [retweet_key(generation, (9, 100))]
    await stores.redis.delete(*keys)


async def test_what_a_store_says_that_is_filled_anew_is_not_kept(
    shelf: Shelf, stores: Stores, generation: int
) -> None:
    """It lacks what the cache was told more than a day ago, and has forgotten."""
    shelf.log.append(posted(100, 7), posted(200, 7))
    shelf.log.append(edited(100, 7, 101, "Dippers"), deleted(200, 7))
    shelf.log.append(retweeted(120, 9, 100), retweet_removed(120, 9, 100))
    await shelf.log.feed(shelf.view)
    await _forget(shelf, stores, generation)
    tweets, retweets = shelf.log.batches(shelf.view)
    await shelf.store_view.apply(shelf.log.batch(tweets.partition, 0, 2))
    await shelf.retweets_view.apply(shelf.log.batch(retweets.partition, 0, 1))
    assert (await shelf.text(100), await shelf.text(200)) == ("Dipper", "Dipper")
    assert await shelf.retweet(9, 100) == 120
    await shelf.log.feed(shelf.store_view, shelf.retweets_view)
    assert (await shelf.text(100), await shelf.text(200)) == ("Dippers", None)
    assert await shelf.retweet(9, 100) is None
    assert (await shelf.raw(100) or b"")[:1] == b"T"


async def test_what_a_collection_says_that_was_lost_and_made_again_is_not_kept(
    shelf: Shelf, stores: Stores, generation: int
) -> None:
    """By a post that was tried again: nobody has seen yet that its earlier edits are gone."""
    shelf.log.append(posted(100, 7), edited(100, 7, 101))
    await shelf.log.feed(shelf.view, shelf.store_view)
    assert await shelf.text(100) == "Dippers"
    await stores.mongo[f"tweets_g{generation}"].drop()
    shelf.log.append(posted(100, 7), edited(100, 7, 102))
    (partition,) = shelf.log.events
    for view in (shelf.view, shelf.store_view):
        await view.apply(shelf.log.batch(partition, 2))
    assert await shelf.versions(100) == [100, 102]
    await shelf.store_view.prepare()
    await shelf.log.feed(shelf.store_view)
    assert await shelf.versions(100) == [100, 101, 102]


async def test_what_a_store_says_that_was_lost_since_it_was_asked_is_not_kept(
    shelf: Shelf, stores: Stores, generation: int
) -> None:
    shelf.log.append(posted(100, 7), edited(100, 7, 101, "Dippers"))
    await shelf.log.feed(shelf.view, shelf.store_view)
    assert await shelf.text(100) == "Dippers"
    await _forget(shelf, stores, generation)
    await shelf.store_view.drop()
    await shelf.store_view.prepare()
    (partition,) = shelf.log.events
    await shelf.store_view.apply(shelf.log.batch(partition, 0, 1))
    assert await shelf.text(100) == "Dipper"
    await shelf.log.feed(shelf.store_view)
    assert await shelf.text(100) == "Dippers"
    assert (await shelf.raw(100) or b"")[:1] == b"T"


@pytest.mark.parametrize("times", [0, 1])
async def test_what_cannot_be_checked_is_answered_and_not_kept(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    """As where a store falls behind, before the answer or after it."""
    shelf.log.append(posted(100, 7))
    await shelf.log.feed(shelf.store_view)
    standing, asked = TweetStore.standing, 0

    async def late(store: TweetStore) -> dict[Partition, Standing]:
        nonlocal asked
        asked += 1
        if asked > times:
            raise TimeoutError("no answer")
        return await standing(store)

    await shelf.log.feed(shelf.view)
    await shelf.forget(100)
    with monkeypatch.context() as slow:
        slow.setattr(TweetStore, "standing", late)
        assert await shelf.text(100) == "Dipper"
        assert await shelf.raw(100) is None
    assert asked > times
    assert await shelf.text(100) == "Dipper"
    assert (await shelf.raw(100) or b"")[:1] == b"T"
