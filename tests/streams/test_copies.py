"""What is compared of keys that are there because somebody reads."""

from collections.abc import AsyncIterator, Sequence

import pytest

from projections.cache.values import DELETED, edited_value, retweet_value, tweet_value
from projections.redis import delete_matching
from projections.stores import Stores
from projections.timelines.entries import CAP, COMPLETE, building, pack
from projections.timelines.keys import Keys
from projections.view import hash_of
from schemas.tweets import Entry, Reference, Retweet, Tweet, Version
from streams.rebuilding import homes as homes_module
from streams.rebuilding.builds import Build
from streams.rebuilding.copies import Copies, compared_copies
from streams.rebuilding.homes import open_homes
from tests.projections.memory_log import fresh_number

ANN, BEN, EVE = 1, 2, 3


class Two:
    """Generations of a view, the live one and one that is built."""

    def __init__(self, stores: Stores) -> None:
        self.stores = stores
        self.live, self.rebuilt = fresh_number(), fresh_number()

    async def cache(self, key: str, live: bytes | None, rebuilt: bytes | None) -> None:
        for generation, value in ((self.live, live), (self.rebuilt, rebuilt)):
            if value is not None:
                await self.stores.redis.set(f"cache.g{generation}:{key}", value)

    async def lists(self, author: int, live: Sequence[int], rebuilt: Sequence[int]) -> None:
        for keys, tweets in ((Keys(self.live), live), (Keys(self.rebuilt), rebuilt)):
            await self.put(keys.author(author), [(tweet, author) for tweet in tweets])

    async def homes(
        self,
        user: int,
        live: Sequence[tuple[int, int]],
        rebuilt: Sequence[tuple[int, int]],
        mark: bytes = COMPLETE,
    ) -> None:
        """Each entry a tweet and its author."""
        await self.put(Keys(self.live).home(user), live, mark)
        await self.put(Keys(self.rebuilt).home(user), rebuilt, building())

    async def put(
        self, key: str, entries: Sequence[tuple[int, int]], mark: bytes = COMPLETE
    ) -> None:
        packed = [pack([Entry(tweet, author, tweet)]) for tweet, author in entries]
        await self.stores.redis.rpush(key, *packed, mark)

    async def copies(self, view: str, show: int = 10, among: Sequence[str] | None = None) -> Copies:
        hashes = None if among is None else [hash_of(key.encode()) for key in among]
        build = Build(view, self.rebuilt, "rebuild")
        found = await compared_copies(self.stores, build, self.live, show, hashes)
        assert found is not None
        return found

    async def differ(self, view: str) -> list[tuple[str, object, object]]:
        return sorted((one.key, one.wanted, one.found) for one in (await self.copies(view)).first)


@pytest.fixture
async def two(stores: Stores) -> AsyncIterator[Two]:
    two = Two(stores)
    yield two
    for view in ("cache", "timelines"):
        for generation in (two.live, two.rebuilt):
            await delete_matching(stores.redis, f"{view}.g{generation}:*")


def tweet(*texts: str, tweet_id: int = 100) -> Tweet:
    """With versions 100, 101 and so on."""
    versions = tuple(Version(100 + number, text, 1) for number, text in enumerate(texts))
    return Tweet(tweet_id, ANN, versions)


def entry(tweet_id: int, author: int) -> Entry:
    return Entry(tweet_id, author, tweet_id)


QUIET, LOUD = tweet_value(tweet("heron")), tweet_value(tweet("HERON"))
BETTER = tweet_value(tweet("heron", "a heron"))


@pytest.mark.parametrize(
    ("live", "rebuilt", "agree"),
    [
        (QUIET, QUIET, True),
        (QUIET, LOUD, False),
        (QUIET, BETTER, False),
        (BETTER, QUIET, False),
        (DELETED, DELETED, True),
        (DELETED, QUIET, False),
        (DELETED, edited_value(101), False),
        (BETTER, edited_value(101), True),
        (edited_value(101), BETTER, True),
        (BETTER, edited_value(102), False),
        (edited_value(101), QUIET, False),
        (edited_value(101), edited_value(102), False),
        (edited_value(99), edited_value(100), True),
        (edited_value(99), QUIET, True),
    ],
)
async def test_which_values_of_a_tweet_agree(
    two: Two, live: bytes, rebuilt: bytes, agree: bool
) -> None:
    await two.cache("100", live, rebuilt)
    found = await two.copies("cache")
    assert (found.compared, len(found.differ)) == (1, 0 if agree else 1)
    assert [one.key for one in found.first] == ([] if agree else ["tweet 100"])


async def test_of_a_tweet_what_differs_is_shown(two: Two) -> None:
    await two.cache("100", QUIET, LOUD)
    (found,) = (await two.copies("cache")).first
    wanted, rebuilt = found.shown()
    assert ("heron" in wanted, "HERON" in rebuilt, "author" in wanted) == (True, True, False)


async def test_what_one_cache_alone_holds_is_no_difference(two: Two) -> None:
    await two.cache("100", QUIET, None)
    await two.cache("200", None, QUIET)
    for generation in (two.live, two.rebuilt):
        await two.stores.redis.hset(f"cache.g{generation}:checkpoints", "tweets:0", "5")
    assert await two.copies("cache") == Copies(0, set(), [])


async def test_retweets_differ_by_what_the_log_said_last(two: Two) -> None:
    done, undone = (
        retweet_value(Retweet(BEN, Reference(100, ANN), number, offset))
        for number, offset in ((7, 4), (None, 5))
    )
    await two.cache("2:100", done, done)
    await two.cache("2:200", undone, done)
    found = await two.copies("cache")
    assert found.compared == 2
    assert [one.key for one in found.first] == ["retweet by 2 of 200"]


async def test_all_that_differ_are_known_and_some_are_shown(two: Two) -> None:
    names = [str(number) for number in range(100, 120)]
    for name in names:
        await two.cache(name, QUIET, LOUD)
    found = await two.copies("cache", show=3)
    assert (found.compared, len(found.differ), len(found.first)) == (20, 20, 3)
    again = await two.copies("cache", among=names[:2])
    assert (again.compared, len(again.differ)) == (20, 2)


async def test_homes_differ_in_what_stands_in_their_authors_lists(two: Two) -> None:
    await two.lists(ANN, [400, 200], [400, 200])
    await two.homes(EVE, [(400, ANN), (200, ANN)], [(400, ANN)])
    await two.homes(BEN, [(400, ANN)], [(400, ANN), (200, ANN)])
    assert await two.differ("timelines") == [
        ("home 2", [entry(400, ANN)], [entry(400, ANN), entry(200, ANN)]),
        ("home 3", [entry(400, ANN), entry(200, ANN)], [entry(400, ANN)]),
    ]


async def test_what_was_deleted_may_be_in_one_home_alone(two: Two) -> None:
    await two.lists(ANN, [400], [400])
    await two.homes(EVE, [(400, ANN), (300, ANN)], [(400, ANN), (200, ANN)])
    assert await two.copies("timelines") == Copies(1, set(), [])


async def test_what_is_older_than_either_authors_list_may_be_in_one_home_alone(two: Two) -> None:
    await two.lists(ANN, [400], [400, 300])
    await two.homes(EVE, [(400, ANN)], [(400, ANN), (300, ANN)])
    assert await two.copies("timelines") == Copies(1, set(), [])


async def test_homes_are_compared_as_far_down_as_both_reach(two: Two) -> None:
    tweets = list(range(2_000, 1_000, -1))
    await two.lists(ANN, tweets, tweets)
    all_of_ann = [(tweet, ANN) for tweet in tweets]
    await two.homes(EVE, all_of_ann[:CAP], all_of_ann[: CAP + 50])
    assert await two.copies("timelines") == Copies(1, set(), [])
    await two.homes(BEN, all_of_ann[: CAP + 50], [*all_of_ann[:5], *all_of_ann[6 : CAP + 1]])
    assert [one.key for one in (await two.copies("timelines")).first] == ["home 2"]


async def test_of_celebrities_homes_may_hold_what_came_before(two: Two) -> None:
    await two.lists(ANN, [400], [400])
    await two.stores.redis.sadd(Keys(two.live).celebrities, ANN)
    await two.homes(EVE, [(400, ANN)], [])
    assert await two.copies("timelines") == Copies(1, set(), [])


async def test_what_readers_do_not_see_at_home_does_not_count(two: Two) -> None:
    await two.lists(ANN, [400], [400])
    await two.homes(EVE, [(400, ANN)], [])
    await two.stores.redis.hset(Keys(two.live).hidden(EVE), str(ANN), "7")
    assert await two.copies("timelines") == Copies(1, set(), [])


async def test_a_home_that_is_missing_or_being_built_is_not_compared(two: Two) -> None:
    await two.lists(ANN, [400], [400])
    await two.homes(EVE, [(400, ANN)], [], mark=building())
    await two.put(Keys(two.live).home(ANN), [(400, ANN)])
    await two.put(Keys(two.rebuilt).home(BEN), [(400, ANN)])
    assert await two.copies("timelines") == Copies(0, set(), [])


async def test_homes_are_opened_for_those_who_read_theirs(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, rebuilt, redis = Keys(two.live), Keys(two.rebuilt), two.stores.redis
    for user in range(10, 15):
        await two.put(live.home(user), [(400, ANN)])
    await two.put(live.home(20), [(400, ANN)], building())
    await open_homes(two.stores, two.live, two.rebuilt)
    opened = [user for user in range(30) if await redis.exists(rebuilt.home(user))]
    assert opened == list(range(10, 15))
    assert await redis.ttl(rebuilt.home(10)) > 0
    assert await redis.llen(rebuilt.home(10)) == 1
    await two.put(live.home(15), [(400, ANN)])
    await open_homes(two.stores, two.live, two.rebuilt)
    assert not await redis.exists(rebuilt.home(15))  # what is delivered already would lack there

    monkeypatch.setattr(homes_module, "HOMES", 3)
    monkeypatch.setattr(homes_module, "AT_ONCE", 2)
    other = fresh_number()
    await open_homes(two.stores, two.live, other)
    assert len([user for user in range(30) if await redis.exists(Keys(other).home(user))]) == 3
    await delete_matching(redis, f"timelines.g{other}:*")


async def test_views_without_copies_say_so(stores: Stores) -> None:
    assert await compared_copies(stores, Build("graph", 2, "rebuild"), 1, 10) is None
