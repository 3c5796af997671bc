"""Faults in the timelines, the cache and what the counters tell."""

from typing import cast

from projections.cache.values import key_of, retweet_key, retweet_value, tweet_value
from projections.counters.counts import Counts
from projections.counters.totals import value_of
from projections.timelines.entries import pack
from projections.timelines.keys import Keys
from schemas.tweets import Entry, Reference, Retweet, Tweet, Version
from tests.audit.fault import Fault
from tests.audit.scene import ANN, BEN, CAT, GONE, HERON, KESTREL, Scene


async def _replace(scene: Scene, key: str, value: bytes) -> None:
    assert await scene.stores.redis.set(key, value, xx=True)


async def _take_out(scene: Scene, key: str, entry: Entry) -> None:
    taken = scene.stores.redis.lrem(key, 0, cast("str", pack([entry])))
    assert await taken == 1


async def an_entry_lost_from_an_author(scene: Scene) -> None:
    await _take_out(scene, Keys(scene.generation).author(ANN), Entry(HERON, ANN, HERON))


async def a_deleted_entry_back(scene: Scene) -> None:
    key = Keys(scene.generation).author(ANN)
    await scene.stores.redis.lpush(key, pack([Entry(GONE, ANN, GONE)]))


async def an_entry_lost_from_a_home(scene: Scene) -> None:
    await _take_out(scene, Keys(scene.generation).home(BEN), Entry(KESTREL, ANN, KESTREL))


async def an_entry_of_a_stranger(scene: Scene) -> None:
    key = Keys(scene.generation).home(BEN)
    await scene.stores.redis.lpush(key, pack([Entry(2000, CAT, 2000)]))


async def an_entry_of_another_author(scene: Scene) -> None:
    key = Keys(scene.generation).home(BEN)
    length = await scene.stores.redis.llen(key)
    for place in range(length):
        if await scene.stores.redis.lindex(key, place) == pack([Entry(HERON, ANN, HERON)]):
            wrong = cast("str", pack([Entry(HERON, CAT, HERON)]))
            await scene.stores.redis.lset(key, place, wrong)


async def a_mute_forgotten(scene: Scene) -> None:
    assert await scene.stores.redis.hdel(Keys(scene.generation).silenced(BEN), f"m:{CAT}") == 1


async def a_friend_hidden(scene: Scene) -> None:
    await scene.stores.redis.hset(Keys(scene.generation).hidden(CAT), str(ANN), "7")


async def an_older_wording_in_the_cache(scene: Scene) -> None:
    tweet = Tweet(KESTREL, ANN, (Version(KESTREL, "Kestrel", 0),))
    await _replace(scene, key_of(scene.generation, KESTREL), tweet_value(tweet))


async def a_deleted_tweet_in_the_cache(scene: Scene) -> None:
    tweet = Tweet(GONE, ANN, (Version(GONE, "Swift", 0),))
    await _replace(scene, key_of(scene.generation, GONE), tweet_value(tweet))


async def a_tweet_in_the_cache_that_nobody_posted(scene: Scene) -> None:
    value = tweet_value(Tweet(5, ANN, (Version(5, "Swift", 0),)))
    await scene.stores.redis.set(key_of(scene.generation, 5), value)


async def a_retweet_in_the_cache_undone(scene: Scene) -> None:
    value = retweet_value(Retweet(BEN, Reference(KESTREL, ANN), None, 9))
    await _replace(scene, retweet_key(scene.generation, (BEN, KESTREL)), value)


async def a_total_changed(scene: Scene) -> None:
    value = value_of(Counts(as_of=1, likes=9))
    await _replace(scene, f"counters.g{scene.generation}:{KESTREL}", value)


async def a_total_of_nothing(scene: Scene) -> None:
    await _replace(scene, f"counters.g{scene.generation}:{ANN}", value_of(Counts(as_of=1)))


async def a_viewers_marks_lost(scene: Scene) -> None:
    key = f"counters.g{scene.generation}:viewer:{BEN}"
    value = cast("bytes", await scene.stores.redis.get(key))
    await _replace(scene, key, value[:9])


FAULTS = (
    Fault("timelines", an_entry_lost_from_an_author, "differs", f"author {ANN}"),
    Fault("timelines", a_deleted_entry_back, "differs", f"author {ANN}"),
    Fault("timelines", an_entry_lost_from_a_home, "differs", f"home {BEN}"),
    Fault("timelines", an_entry_of_a_stranger, "differs", f"home {BEN}"),
    Fault("timelines", an_entry_of_another_author, "differs", f"home {BEN}"),
    Fault("timelines", a_mute_forgotten, "missing", f"silenced for {BEN}: m:{CAT}"),
    Fault("timelines", a_friend_hidden, "surplus", f"hidden from {CAT}: {ANN}"),
    Fault("cache", an_older_wording_in_the_cache, "differs", f"tweet {KESTREL}"),
    Fault("cache", a_deleted_tweet_in_the_cache, "differs", f"tweet {GONE}"),
    Fault("cache", a_tweet_in_the_cache_that_nobody_posted, "surplus", "tweet 5"),
    Fault("cache", a_retweet_in_the_cache_undone, "differs", f"retweet by {BEN} of {KESTREL}"),
    Fault("counters", a_total_changed, "differs", f"total {KESTREL}"),
    Fault("counters", a_total_of_nothing, "differs", f"total {ANN}"),
    Fault("counters", a_viewers_marks_lost, "differs", f"viewer {BEN}"),
)
