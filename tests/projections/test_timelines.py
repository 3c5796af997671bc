import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from unittest.mock import AsyncMock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.positions import Partition
from projections import redis as redis_module
from projections.graph import Graph, GraphBehind, GraphView
from projections.redis import Call, Redis
from projections.stores import Stores
from projections.timelines import Timelines, TimelinesView
from projections.timelines import fanout as fanout_module
from projections.timelines import follows as follows_module
from projections.timelines import reads as reads_module
from projections.timelines import scripts as scripts_module
from projections.timelines.entries import COMPLETE, building, pack, unpack
from projections.timelines.fanout import HOME_SECONDS, FanOut
from projections.timelines.keys import Keys
from projections.timelines.scripts import LEAVE, WRITE
from projections.view import CheckpointBehind
from schemas.events import FollowRequested, UserBlocked, UserMuted, UserUnblocked, UserUnmuted
from schemas.ids import MAX_ID
from schemas.topics import GRAPH, TWEETS
from schemas.tweets import Entry
from streams.lag import reached
from tests.projections.memory_log import (
    MemoryLog,
    answered,
    deleted,
    followed,
    follower_removed,
    fresh_number,
    posted,
    retweet_removed,
    retweeted,
    to_target,
    unfollowed,
)

SECONDS = 60.0
CAP = 4
ALICE, BOB, CARLA = 16, 32, 48
"""alice and bob read, carla writes."""

IDS = st.integers(1, MAX_ID)


@given(st.lists(st.builds(Entry, IDS, IDS, IDS)))
def test_entries_come_out_of_a_blob_as_they_went_in(entries: list[Entry]) -> None:
    assert list(unpack(pack(entries))) == entries
    assert list(unpack(pack(entries) + COMPLETE)) == entries
    assert list(unpack(pack(entries) + building())) == entries


def test_each_building_mark_is_its_own() -> None:
    assert len({building() for _ in range(100)} | {COMPLETE}) == 101


def plain(tweet: int, author: int) -> Entry:
    return Entry(tweet, author, tweet)


class Town:
    """A log, the graph and the timelines on it."""

    def __init__(self, stores: Stores, generation: int) -> None:
        self.log = MemoryLog(2)
        self.redis = stores.redis
        self.keys = Keys(generation)
        self.graph = Graph(stores.postgres, generation)
        self.graph_view = GraphView(stores.postgres, generation)
        self._generation = generation
        self._views: list[TimelinesView] = []
        self.timelines = self.reader()

    def reader(self, *, cap: int = 800) -> Timelines:
        return Timelines(self.redis, self._generation, self.graph, cap=cap)

    def view(self, **bounds: int) -> TimelinesView:
        view = TimelinesView(self.redis, self._generation, self.graph, **bounds)
        self._views.append(view)
        return view

    async def bring(self, view: TimelinesView) -> None:
        """The view to the end of the log, with all that it does in the background."""
        for one in (self.graph_view, view):
            stored = await one.checkpoints()
            for topic in one.topics:
                for partition in self.log.partitions(topic.name):
                    await one.apply(self.log.batch(partition, stored.get(partition, 0)))
        await reached(view, self.log.ends(view), seconds=SECONDS)

    async def home(self, user: int) -> list[int]:
        return [entry.tweet_id for entry in (await self.timelines.home(user, limit=800)).entries]

    async def raw(self, key: str) -> list[Any]:
        elements: list[Any] = await self.redis.lrange(key, 0, -1)
        return elements

    async def close(self) -> None:
        for view in self._views:
            await view.close()
        await self.graph_view.drop()
        await self.view().drop()


@pytest.fixture
async def town(stores: Stores, generation: int) -> AsyncIterator[Town]:
    town = Town(stores, generation)
    await town.graph_view.prepare()
    yield town
    await town.close()


async def test_a_post_enters_the_homes_that_exist(town: Town) -> None:
    view = town.view()
    town.log.append(followed(ALICE, CARLA), followed(BOB, CARLA))
    await town.bring(view)
    assert await town.home(ALICE) == []
    town.log.append(posted(100, CARLA), posted(200, CARLA))
    await town.bring(view)
    assert await town.raw(town.keys.home(ALICE)) == [
        pack([plain(200, CARLA)]),
        pack([plain(100, CARLA)]),
        COMPLETE,
    ]
    assert await town.raw(town.keys.home(BOB)) == []
    assert await town.home(BOB) == [200, 100]
    assert 0 < await town.redis.ttl(town.keys.home(ALICE)) <= HOME_SECONDS


async def test_authors_find_their_own_tweets_at_home(town: Town) -> None:
    view = town.view()
    assert await town.home(CARLA) == []
    town.log.append(posted(100, CARLA))
    await town.bring(view)
    assert await town.home(CARLA) == [100]
    assert await town.timelines.author(CARLA, limit=5) == [plain(100, CARLA)]


async def test_each_tweet_stands_once_wherever_it_arrives(town: Town) -> None:
    view = town.view()
    town.log.append(followed(ALICE, CARLA))
    await town.bring(view)
    await town.home(ALICE)
    order = [50, 10, 70, 30, 90, 20, 60, 80, 40]
    town.log.append(*(posted(100 + tweet, CARLA) for tweet in order))
    partitions = town.log.partitions(TWEETS.name)
    for partition in partitions:
        for start in range(town.log.end(partition)):
            await view.apply(town.log.batch(partition, start, start + 1))
            await view.apply(town.log.batch(partition, 0, start + 1))
    newest_first = [100 + tweet for tweet in sorted(order, reverse=True)]
    assert await town.home(ALICE) == newest_first
    assert [e.tweet_id for e in await town.timelines.author(CARLA, limit=99)] == newest_first


async def push(town: Town, key: str, tweets: list[int], cap: int) -> None:
    entries: list[bytes | int] = []
    for tweet in sorted(tweets):
        entries += (pack([plain(tweet, 1)]), 0)
    await WRITE(town.redis, [key, f"{key}:left"], [cap, *entries])


NUMBERS = st.sets(st.integers(1, 300), max_size=90)


@settings(deadline=None)
@given(
    groups=st.lists(st.tuples(NUMBERS, NUMBERS | st.just(set(range(1, 301)))), max_size=8),
    cap=st.integers(1, 5),
)
async def test_a_list_holds_the_newest_without_a_gap_however_they_come_and_go(
    stores: Stores, groups: list[tuple[set[int], set[int]]], cap: int
) -> None:
    town = Town(stores, 0)
    key = town.keys.author(7)
    await town.redis.delete(key, f"{key}:left")
    pushed: set[int] = set()
    gone: set[int] = set()
    for come, go in groups:
        await push(town, key, list(come), cap)
        pushed |= come
        newly_gone = go & pushed
        for tweet in newly_gone:
            await LEAVE(town.redis, [key, f"{key}:left"], [60, pack([plain(tweet, 1)]), 1])
        gone |= newly_gone
        kept = list(unpack(b"".join(await town.raw(key))))
        stands = sorted(pushed - gone, reverse=True)
        assert [e.tweet_id for e in kept] == stands[: len(kept)]
        assert len(kept) >= min(len(stands), cap - len(gone))
        assert len(kept) <= cap + 64
        assert len(kept) == len(stands) or len(pushed) >= cap + 64
    await town.redis.delete(key, f"{key}:left")


async def test_a_list_that_was_cut_and_then_lost_entries_takes_in_nothing_older(
    town: Town,
) -> None:
    """Its readers go on in the stores below its last entry; a gap would be in no page."""
    view, reader = town.view(cap=CAP), town.reader(cap=CAP)
    old = retweeted(20, CARLA, 10, BOB)
    town.log.append(old, *(posted(96 + 16 * n, CARLA) for n in range(CAP + 65)))
    await town.bring(view)
    for count in (CAP - 1, 0):
        held = await reader.author(CARLA, limit=99)
        town.log.append(*(deleted(entry.tweet_id, CARLA) for entry in held[count:]))
        await town.bring(view)
        town.log.append(old)
        await town.bring(view)
        assert await reader.author(CARLA, limit=99) == held[:count]
    town.log.append(posted(9_600, CARLA))
    await town.bring(view)
    town.log.append(old)
    await town.bring(view)
    assert await reader.author(CARLA, limit=99) == [plain(9_600, CARLA)]


async def test_an_authors_mark_is_in_no_home_and_no_digest(town: Town) -> None:
    view = town.view(celebrity=2)
    town.log.append(posted(100, CARLA))
    await town.bring(view)
    assert await town.raw(town.keys.author(CARLA)) == [pack([plain(100, CARLA)]), COMPLETE]
    digest = await view.digest()
    await town.redis.ltrim(town.keys.author(CARLA), 0, 0)
    assert await view.digest() == digest
    await town.redis.rpush(town.keys.author(CARLA), COMPLETE)
    assert await town.home(ALICE) == []
    town.log.append(followed(ALICE, CARLA))
    await town.bring(view)
    assert await town.raw(town.keys.home(ALICE)) == [pack([plain(100, CARLA)]), COMPLETE]


async def test_a_timeline_is_capped_and_keeps_the_newest(town: Town) -> None:
    view = town.view(cap=CAP)
    reader = town.reader(cap=CAP)
    town.log.append(followed(ALICE, CARLA))
    await town.bring(view)
    await reader.home(ALICE, limit=9)
    town.log.append(*(posted(16 * tweet, CARLA) for tweet in range(1, 200)))
    await town.bring(view)
    await town.redis.delete(town.keys.home(CARLA))
    newest = [plain(16 * tweet, CARLA) for tweet in range(199, 199 - CAP, -1)]
    for user in (ALICE, CARLA):
        assert list((await reader.home(user, limit=CAP)).entries) == newest
        assert len(await town.raw(town.keys.home(user))) <= CAP + 64
    assert len(await town.raw(town.keys.author(CARLA))) <= CAP + 64


async def test_pages_go_on_where_the_last_one_ended(town: Town) -> None:
    town.log.append(*(posted(16 * tweet, CARLA) for tweet in range(1, 10)))
    await town.bring(town.view())

    async def home(user: int, *, before: int = MAX_ID, limit: int) -> list[Entry]:
        return list((await town.timelines.home(user, before=before, limit=limit)).entries)

    for page in (home, town.timelines.author):
        assert [e.tweet_id for e in await page(CARLA, limit=2)] == [144, 128]
        assert [e.tweet_id for e in await page(CARLA, before=128, limit=2)] == [112, 96]
        assert await page(CARLA, before=16, limit=2) == []


HIGH = 2**62
"""Ids that differ in their lower half only, and beyond what a double holds."""


@settings(max_examples=60, deadline=None)
@given(
    places=st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=60),
    before=st.one_of(st.just(MAX_ID), st.integers(HIGH, HIGH + 200)),
    limit=st.integers(1, 12),
    retweets=st.booleans(),
)
async def test_of_many_authors_the_newest_below_an_id_are_read(
    stores: Stores, places: list[tuple[int, bool]], before: int, limit: int, retweets: bool
) -> None:
    town = Town(stores, fresh_number())
    lists: dict[int, list[Entry]] = {}
    for number, (author, is_retweet) in enumerate(places):
        tweet = HIGH + 3 * number
        entry = Entry(tweet, author, 7 if is_retweet else tweet)
        lists.setdefault(author, []).insert(0, entry)
    for author, entries in lists.items():
        await town.redis.rpush(town.keys.author(author), *(pack([one]) for one in entries))
    fitting = {
        author: [e for e in entries if e.tweet_id < before and (retweets or not e.is_retweet)]
        for author, entries in lists.items()
    }
    asked: dict[str, Any] = {"before": before, "limit": limit, "retweets": retweets}
    for author in range(10):
        expected = fitting.get(author, [])[:limit]
        assert await town.timelines.author(author, **asked) == expected
    newest = sorted((e for entries in fitting.values() for e in entries), reverse=True)[:limit]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reads_module, "AUTHORS_AT_ONCE", 3)
        assert await town.timelines.authors(range(10), **asked) == newest
    await redis_module.delete_matching(town.redis, town.keys.pattern)


async def test_of_authors_with_long_lists_only_what_a_page_needs_is_sent(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    authors, limit, sent = range(200, 328), 10, list[int]()
    for author in authors:
        entries = [pack([plain(1_000 * n + author, author)]) for n in range(800, 0, -1)]
        await town.redis.rpush(town.keys.author(author), *entries)

    async def counting(redis: Redis, calls: Sequence[Call]) -> list[Any]:
        answers = await redis_module.call_all(redis, calls)
        sent.append(sum(map(len, answers)) // 24)
        return answers

    monkeypatch.setattr(reads_module, "call_all", counting)
    page = await town.timelines.authors(authors, before=500_000, limit=limit)
    assert [entry.tweet_id for entry in page] == [499_327 - n for n in range(limit)]
    assert sent == [64 * limit, 64]


async def test_an_unfollow_takes_an_author_out_and_a_follow_brings_all_back(town: Town) -> None:
    view = town.view()
    town.log.append(followed(ALICE, CARLA), followed(ALICE, BOB), posted(100, CARLA))
    town.log.append(posted(200, BOB))
    await town.bring(view)
    assert await town.home(ALICE) == [200, 100]
    town.log.append(unfollowed(ALICE, CARLA))
    await town.bring(view)
    assert await town.home(ALICE) == [200]
    town.log.append(posted(300, CARLA), followed(ALICE, CARLA))
    await town.bring(view)
    assert await town.home(ALICE) == [300, 200, 100]


async def test_who_unfollowed_themselves_see_their_own_tweets(town: Town) -> None:
    view = town.view()
    town.log.append(posted(100, ALICE))
    await town.bring(view)
    assert await town.home(ALICE) == [100]
    town.log.append(unfollowed(ALICE, ALICE), posted(200, ALICE))
    await town.bring(view)
    assert await town.home(ALICE) == [200, 100]


async def test_a_deleted_tweet_leaves_its_authors_timeline(town: Town) -> None:
    view = town.view()
    town.log.append(posted(100, CARLA), posted(200, CARLA), deleted(100, CARLA))
    await town.bring(view)
    assert await town.timelines.author(CARLA, limit=5) == [plain(200, CARLA)]


async def test_what_has_left_a_list_is_put_in_again_by_later_retweets_only(town: Town) -> None:
    keys = [town.keys.author(7), town.keys.left(7)]
    for entry, comes_again in ((Entry(5, 7, 3), True), (plain(6, 7), False)):
        packed = pack([entry])
        await WRITE(town.redis, keys, [9, packed, 3])
        await LEAVE(town.redis, keys, [60, packed, 4])
        await WRITE(town.redis, keys, [9, packed, 3])
        assert packed not in await town.raw(keys[0])
        await WRITE(town.redis, keys, [9, packed, 5])
        assert (packed in await town.raw(keys[0])) == comes_again


async def test_what_leaves_late_stays_where_it_came_again_since(town: Town) -> None:
    """As where a command to Redis that got no answer was sent again, and arrives at last."""
    keys, packed = [town.keys.author(7), town.keys.left(7)], pack([Entry(5, 7, 3)])
    await WRITE(town.redis, keys, [9, packed, 1])
    await LEAVE(town.redis, keys, [60, packed, 2])
    await WRITE(town.redis, keys, [9, packed, 7])
    await LEAVE(town.redis, keys, [60, packed, 2])
    assert packed in await town.raw(keys[0])
    await LEAVE(town.redis, keys, [60, packed, 8])
    await WRITE(town.redis, keys, [9, packed, 7])
    assert packed not in await town.raw(keys[0])


async def test_what_left_and_came_again_in_one_batch_outlasts_what_leaves_late(town: Town) -> None:
    view, entry = town.view(), Entry(500, CARLA, 100)
    town.log.append(retweeted(500, CARLA, 100), retweet_removed(500, CARLA, 100))
    town.log.append(retweeted(500, CARLA, 100))
    await town.bring(view)
    keys = [town.keys.author(CARLA), town.keys.left(CARLA)]
    await LEAVE(town.redis, keys, [60, pack([entry]), 1])
    assert await town.timelines.author(CARLA, limit=5) == [entry]


async def test_a_post_that_comes_again_behind_its_deletion_stays_deleted(town: Town) -> None:
    """As where the three come in one batch, in a rebuild."""
    view = town.view()
    post = posted(100, CARLA)
    for event in (post, deleted(100, CARLA), post):
        town.log.append(event)
        await town.bring(view)
    assert await town.timelines.author(CARLA, limit=5) == []
    assert (await view.digest()).rows == 0


async def test_a_replaced_worker_that_goes_on_changes_nothing(town: Town) -> None:
    """It applies batches that its successor has been through, one event after the other."""
    view = town.view()
    town.log.append(followed(ALICE, CARLA), posted(100, CARLA), posted(200, CARLA))
    await town.bring(view)
    assert await town.home(ALICE) == [200, 100]
    town.log.append(followed(ALICE, BOB), unfollowed(ALICE, CARLA), deleted(200, CARLA))
    town.log.append(unfollowed(ALICE, BOB), followed(ALICE, BOB), posted(300, BOB))
    await town.bring(view)
    digest, checkpoints = await view.digest(), await view.checkpoints()
    home = await town.home(ALICE)
    assert home == [300]
    for partition in town.log.events:
        for start in range(town.log.end(partition)):
            await town.view().apply(town.log.batch(partition, start, start + 1))
            assert await town.home(ALICE) == home
            assert await view.digest() == digest
    assert await view.checkpoints() == checkpoints


async def test_a_follow_waits_for_the_graph(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follows_module, "WAIT_SECONDS", 0.05)
    view = town.view()
    assert GraphBehind in view.transient
    town.log.append(posted(100, CARLA), followed(ALICE, CARLA))
    (partition,) = [p for p in town.log.events if p.topic == GRAPH.name]
    with pytest.raises(GraphBehind):
        await view.apply(town.log.batch(partition))
    assert not any((await view.checkpoints()).values())
    await town.bring(view)
    assert await town.home(ALICE) == [100]


@pytest.mark.parametrize("at_once", [1_000, 0])
async def test_a_post_waits_for_a_graph_that_lost_its_follows(town: Town, at_once: int) -> None:
    view = town.view(at_once=at_once)
    town.log.append(followed(ALICE, CARLA))
    await town.bring(view)
    assert await town.home(ALICE) == []
    await town.graph_view.drop()
    await town.graph_view.prepare()
    town.log.append(posted(100, CARLA))
    (partition,) = [p for p in town.log.events if p.topic == TWEETS.name]
    with pytest.raises(GraphBehind):
        await view.apply(town.log.batch(partition))
    assert not (await view.checkpoints()).get(partition)
    await town.bring(view)
    assert await town.raw(town.keys.home(ALICE)) == [pack([plain(100, CARLA)]), COMPLETE]


Between = Callable[[], Any]


def interrupted(monkeypatch: pytest.MonkeyPatch, between: Between) -> None:
    """Has `between` happen once, after the next build of a home has read the graph."""
    original = follows_module.famous_among
    pending = [between]

    async def famous_among(*arguments: Any) -> Any:
        if pending:
            await pending.pop()()
        return await original(*arguments)

    monkeypatch.setattr(reads_module, "famous_among", famous_among)


async def test_a_build_that_an_unfollow_overtakes_begins_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = town.view()
    town.log.append(followed(ALICE, CARLA), posted(100, CARLA), posted(200, BOB))
    town.log.append(followed(ALICE, BOB))
    await town.bring(view)

    async def unfollow() -> None:
        town.log.append(unfollowed(ALICE, CARLA))
        await town.bring(view)

    interrupted(monkeypatch, unfollow)
    assert await town.home(ALICE) == [200]


async def test_a_build_never_completes_a_list_that_was_opened_after_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the list would lack what was followed in between, for as long as it lives."""
    view = town.view()
    town.log.append(followed(ALICE, CARLA), posted(100, CARLA), posted(200, BOB))
    await town.bring(view)
    other = building()

    async def unfollow_follow_and_open() -> None:
        town.log.append(unfollowed(ALICE, CARLA), followed(ALICE, BOB))
        await town.bring(view)
        await town.redis.rpush(town.keys.home(ALICE), other)

    interrupted(monkeypatch, unfollow_follow_and_open)
    assert await town.home(ALICE) == [200]


async def test_a_build_that_was_given_up_is_taken_over(town: Town) -> None:
    view = town.view()
    town.log.append(followed(ALICE, CARLA), posted(100, CARLA))
    await town.bring(view)
    await town.redis.rpush(town.keys.home(ALICE), building())
    town.log.append(posted(200, CARLA))
    await town.bring(view)
    assert await town.home(ALICE) == [200, 100]
    assert (await town.raw(town.keys.home(ALICE)))[-1] == COMPLETE


async def test_a_full_list_that_is_being_built_does_not_pass_for_complete(town: Town) -> None:
    """By posts as by a follow: what came in so far need not be the newest."""
    view = town.view(cap=CAP)
    reader = town.reader(cap=CAP)
    newest = [posted(16_000 + 16 * tweet, BOB) for tweet in range(CAP)]
    town.log.append(*newest, followed(ALICE, BOB), followed(ALICE, CARLA))
    await town.bring(view)
    mark = building()
    for events in (
        [posted(16 * tweet, CARLA) for tweet in range(1, 100)],
        [unfollowed(ALICE, CARLA), followed(ALICE, CARLA)],
    ):
        home = town.keys.home(ALICE)
        await town.redis.delete(home)
        if events[0].actor == ALICE:
            town.log.append(events.pop(0))
            await town.bring(view)
        await town.redis.rpush(home, mark)
        town.log.append(*events)
        await town.bring(view)
        assert len(await town.raw(home)) > CAP
        assert (await town.raw(home))[-1] == mark
        shown = await reader.home(ALICE, limit=CAP)
        assert [entry.author for entry in shown.entries] == [BOB] * CAP


async def test_a_home_built_while_the_graph_heals_is_built_again(town: Town) -> None:
    """Else it would lack whom the graph did not know, although their follows were applied."""
    view = town.view()
    town.log.append(followed(ALICE, CARLA), posted(100, CARLA), posted(200, ALICE))
    await town.bring(view)
    await town.graph_view.drop()
    await town.graph_view.prepare()
    assert await town.home(ALICE) == [200]
    await town.bring(view)
    assert await town.home(ALICE) == [200, 100]
    assert (await town.raw(town.keys.home(ALICE)))[-1] == COMPLETE


@pytest.mark.parametrize("celebrity", [1, 100_000])
async def test_a_home_built_while_the_graph_heals_keeps_nobody_who_was_unfollowed(
    town: Town, celebrity: int
) -> None:
    """The graph knows the follow again and not yet its end, which the timelines are not told of a
    second time; after a month nothing in them says that the author is hidden."""
    view = town.view(celebrity=celebrity)
    town.log.append(followed(ALICE, CARLA), followed(ALICE, BOB), posted(100, CARLA))
    await town.bring(view)
    town.log.append(unfollowed(ALICE, CARLA), posted(200, BOB))
    await town.bring(view)
    await town.redis.delete(*town.keys.all_of(ALICE))
    await town.graph_view.drop()
    await town.graph_view.prepare()
    follows = town.log.partitions(GRAPH.name)[1]
    await town.graph_view.apply(town.log.batch(follows, 0, 2))
    assert await town.home(ALICE) == [200, 100]
    await town.bring(view)
    town.log.append(posted(300, CARLA))
    await town.bring(view)
    assert await town.home(ALICE) == [200]


async def test_two_readers_build_at_once(town: Town) -> None:
    town.log.append(followed(ALICE, CARLA), posted(100, CARLA))
    await town.bring(town.view())
    homes = await asyncio.gather(*(town.home(ALICE) for _ in range(20)))
    assert homes == [[100]] * 20


async def test_celebrities_are_merged_when_read(town: Town) -> None:
    view = town.view(celebrity=2)
    town.log.append(followed(ALICE, CARLA), posted(100, CARLA))
    await town.bring(view)
    assert await town.home(ALICE) == [100]
    assert await town.home(BOB) == []
    town.log.append(followed(BOB, CARLA))
    await town.bring(view)
    assert await town.home(BOB) == [100]
    town.log.append(posted(200, CARLA))
    await town.bring(view)
    for reader in (ALICE, BOB):
        assert pack([plain(200, CARLA)]) not in await town.raw(town.keys.home(reader))
        assert await town.home(reader) == [200, 100]
    await town.redis.delete(town.keys.home(ALICE))
    assert await town.home(ALICE) == [200, 100]
    assert await town.home(CARLA) == [200, 100]


async def test_a_home_with_celebrities_ends_where_others_do(town: Town) -> None:
    """Below its newest entries are only those of celebrities."""
    view, reader = town.view(cap=CAP, celebrity=2), town.reader(cap=CAP)
    town.log.append(followed(ALICE, CARLA), followed(BOB, CARLA), followed(ALICE, BOB))
    town.log.append(*(posted(16 * n, (CARLA, BOB)[n % 2]) for n in range(1, 40)))
    await town.bring(view)
    first = (await reader.home(ALICE, limit=1)).entries
    later = (await reader.home(ALICE, before=first.tweet_ids[-1], limit=99)).entries
    assert [entry.tweet_id for entry in (*first, *later)] == [16 * n for n in (39, 38, 37, 36)]


async def test_one_who_follows_a_celebrity_sees_everything(town: Town) -> None:
    view = town.view(celebrity=1)
    town.log.append(followed(ALICE, CARLA), posted(100, CARLA), posted(150, BOB))
    await town.bring(view)
    assert await town.home(BOB) == [150]
    town.log.append(followed(BOB, CARLA))
    await town.bring(view)
    assert await town.home(BOB) == [150, 100]


async def test_a_celebrity_who_is_one_no_more_loses_no_reader(town: Town) -> None:
    view = town.view(celebrity=2)
    town.log.append(followed(ALICE, CARLA), followed(BOB, CARLA), posted(100, CARLA))
    await town.bring(view)
    assert await town.home(ALICE) == [100]
    town.log.append(unfollowed(BOB, CARLA))
    await town.bring(view)
    town.log.append(posted(200, CARLA))
    await town.bring(view)
    assert (await town.home(ALICE), await town.home(BOB)) == ([200, 100], [])


async def test_a_mark_that_an_unfollow_overtook_is_not_set(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The followers of a new celebrity were read, then one of them leaves."""
    view = town.view(celebrity=2)
    town.log.append(followed(ALICE, CARLA), followed(BOB, CARLA))
    await town.bring(view)
    unmodified = redis_module.call_all
    pending = [unfollowed(ALICE, CARLA)]

    async def call_all(redis: Any, calls: Any) -> Any:
        if pending and calls and calls[0][0] is scripts_module.MARK:
            town.log.append(pending.pop())
            for partition in town.log.partitions(GRAPH.name):
                await town.graph_view.apply(town.log.batch(partition))
                await view.apply(town.log.batch(partition))
            assert await town.home(ALICE) == []
        return await unmodified(redis, calls)

    monkeypatch.setattr(fanout_module, "call_all", call_all)
    town.log.append(posted(100, CARLA))
    await town.bring(view)
    assert not pending
    assert (await town.home(ALICE), await town.home(BOB)) == ([], [100])


async def test_followers_who_were_told_by_a_redis_that_lost_it_are_told_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a new celebrity's followers are marked, the last of what was written is lost."""
    view = town.view(celebrity=2)
    town.log.append(followed(ALICE, CARLA), followed(BOB, CARLA))
    await town.bring(view)
    assert await town.home(ALICE) == await town.home(BOB) == []
    applied = asyncio.Event()
    unmodified = redis_module.call_all
    town.log.append(posted(100, CARLA))
    (partition,) = [p for p in town.log.events if p.topic == TWEETS.name]

    async def call_all(redis: Redis, calls: Sequence[Call]) -> list[Any]:
        await applied.wait()
        answers = await unmodified(redis, calls)
        lost = [town.keys.celebrities, *map(town.keys.celebrities_of, (ALICE, BOB))]
        assert await redis.delete(*lost) == 3
        await redis.hincrby(town.keys.checkpoints, f"since {partition}", 1)
        return answers

    with monkeypatch.context() as patched:
        patched.setattr(fanout_module, "call_all", call_all)
        patched.setattr(FanOut, "deliver", AsyncMock())
        await view.apply(town.log.batch(partition))
        applied.set()
        async with asyncio.timeout(SECONDS):
            while partition in view.deferred:
                await asyncio.sleep(0.01)
    await town.bring(view)
    assert (await town.home(ALICE), await town.home(BOB)) == ([100], [100])


async def test_many_followers_are_served_in_slices(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout_module, "SLICE", 3)
    view = town.view(at_once=2)
    readers = list(range(1_000, 1_011))
    town.log.append(*(followed(reader, CARLA) for reader in readers))
    await town.bring(view)
    for reader in readers:
        await town.home(reader)
    town.log.append(*(posted(tweet, CARLA) for tweet in (100, 200, 300)), posted(250, BOB))
    await town.bring(view)
    for reader in readers:
        assert [e[:8] for e in await town.raw(town.keys.home(reader))] == [
            tweet.to_bytes(8) for tweet in (300, 200, 100, 0)
        ]


async def test_an_author_who_cannot_be_served_keeps_nobody_waiting(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One home is damaged; the queue is full of those who are served, and one who is not."""
    monkeypatch.setattr(fanout_module, "MAX_QUEUED", 2)
    view = town.view(at_once=1)
    unlucky, *others = readers = [1_000, 1_001, 1_002]
    town.log.append(*(followed(reader, CARLA) for reader in readers))
    town.log.append(*(followed(reader, BOB) for reader in others))
    await town.bring(view)
    for reader in readers:
        await town.home(reader)
    damaged = town.keys.home(unlucky)
    await town.redis.delete(damaged)
    await town.redis.set(damaged, "no list")
    town.log.append(posted(100, CARLA), *(posted(tweet, BOB) for tweet in (200, 300, 400, 500)))
    partitions = [p for p in town.log.events if p.topic == TWEETS.name]
    async with asyncio.timeout(SECONDS / 4):
        for partition in partitions:
            for offset in range(len(town.log.events[partition])):
                await view.apply(town.log.batch(partition, offset, offset + 1))
        while [len(await town.raw(town.keys.home(reader))) for reader in others] != [6, 6]:
            await asyncio.sleep(0.001)
    ends = {partition: len(town.log.events[partition]) for partition in partitions}
    stored = await view.checkpoints()
    assert min(stored[partition] - end for partition, end in ends.items()) < 0
    await town.redis.delete(damaged)
    await reached(view, ends, seconds=SECONDS)
    for reader in readers:
        assert (await town.home(reader))[-1] == 100


async def test_the_checkpoint_stays_before_what_is_not_delivered_yet(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a worker that takes over delivers it."""
    view = town.view(at_once=1)
    town.log.append(followed(ALICE, CARLA), followed(BOB, CARLA))
    await town.bring(view)
    await town.home(ALICE)
    gate = asyncio.Event()
    unmodified = Graph.follower_slice

    async def follower_slice(*arguments: Any, **more: Any) -> list[int]:
        await gate.wait()
        return await unmodified(*arguments, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Graph, "follower_slice", follower_slice)
        town.log.append(posted(96, BOB), posted(128, CARLA), posted(160, BOB))
        (partition,) = [p for p in town.log.events if p.topic == TWEETS.name]
        await view.apply(town.log.batch(partition, 0, 1))
        await view.apply(town.log.batch(partition, 1, 2))
        await view.apply(town.log.batch(partition, 2, 3))
        assert (await view.checkpoints())[partition] == 1
        await view.close()  # and never delivers
    assert (await view.checkpoints())[partition] == 1
    successor = town.view(at_once=1)
    await successor.apply(town.log.batch(partition, 1, 3))
    await reached(successor, {partition: 3}, seconds=SECONDS)
    assert await town.home(ALICE) == [128]
    assert await town.home(BOB) == [160, 128, 96]


async def test_a_store_that_lost_its_data_says_so_and_is_filled_again(town: Town) -> None:
    view = town.view()
    town.log.append(followed(ALICE, CARLA), posted(96, CARLA), posted(128, CARLA))
    await town.bring(view)
    digest = await view.digest()
    await town.view().drop()
    town.log.append(posted(160, CARLA))
    (partition,) = [p for p in town.log.events if p.topic == TWEETS.name]
    with pytest.raises(CheckpointBehind) as raised:
        await view.apply(town.log.batch(partition, 2))
    assert raised.value.stored == 0
    await town.bring(view)
    assert (await view.digest()).rows == digest.rows + 1
    assert await town.home(ALICE) == [160, 128, 96]


async def test_copies_race_and_leave_what_one_would(town: Town, generation: int) -> None:
    town.log.append(followed(ALICE, CARLA), followed(BOB, CARLA))
    await town.bring(town.view())
    await town.home(ALICE)
    town.log.append(*(posted(7 * n, (CARLA, BOB)[n % 2]) for n in range(1, 400)))

    async def copy(partition: Partition, size: int) -> None:
        view = town.view(at_once=1)
        for start in range(0, town.log.end(partition), size):
            end = min(start + size, town.log.end(partition))
            await view.apply(town.log.batch(partition, start, end))
        await reached(view, {partition: town.log.end(partition)}, seconds=SECONDS)

    await asyncio.gather(
        *(copy(p, size) for p in town.log.partitions(TWEETS.name) for size in (11, 30, 50))
    )
    everything = [7 * n for n in range(399, 0, -1)]
    assert await town.home(ALICE) == [t for t in everything if t // 7 % 2 == 0]
    assert await town.home(BOB) == everything
    assert (await town.view().digest()).rows == 399


async def test_retweets_are_delivered_with_what_they_show(town: Town) -> None:
    view = town.view()
    town.log.append(followed(ALICE, BOB), posted(100, CARLA))
    await town.bring(view)
    await town.home(ALICE)
    town.log.append(retweeted(200, BOB, 100, CARLA))
    await town.bring(view)
    assert list((await town.timelines.home(ALICE, limit=9)).entries) == [Entry(200, BOB, 100)]
    assert await town.timelines.author(BOB, limit=9) == [Entry(200, BOB, 100)]
    plain_only = await town.timelines.home(ALICE, limit=9, retweets=False)
    assert not plain_only.entries
    town.log.append(retweet_removed(200, BOB, 100, CARLA))
    await town.bring(view)
    assert await town.timelines.author(BOB, limit=9) == []


async def test_a_retweet_that_was_undone_and_made_again_in_one_batch_stays(town: Town) -> None:
    town.log.append(
        retweeted(200, BOB, 100), retweet_removed(200, BOB, 100), retweeted(300, BOB, 100)
    )
    await town.bring(town.view())
    assert await town.timelines.author(BOB, limit=9) == [Entry(300, BOB, 100)]


async def test_whom_somebody_has_silenced_counts_in_the_digest(town: Town) -> None:
    view = town.view()
    town.log.append(to_target(UserMuted, ALICE, BOB), to_target(UserBlocked, ALICE, CARLA))
    await town.bring(view)
    digests = [await view.digest()]
    assert digests[0].rows == 3
    assert await town.redis.hdel(town.keys.silenced(ALICE), f"m:{BOB}") == 1
    digests.append(await view.digest())
    assert await town.redis.delete(town.keys.silenced(CARLA)) == 1
    digests.append(await view.digest())
    assert len(set(digests)) == 3


async def test_mutes_and_blocks_that_come_late_or_again_change_nothing(town: Town) -> None:
    view = town.view()
    for events, silenced in (
        ([to_target(UserMuted, ALICE, CARLA)], {ALICE: {CARLA}}),
        ([to_target(UserBlocked, ALICE, CARLA)], {ALICE: {CARLA}, CARLA: {ALICE}}),
        ([to_target(UserUnmuted, ALICE, CARLA)], {ALICE: {CARLA}, CARLA: {ALICE}}),
        ([to_target(UserUnblocked, ALICE, CARLA)], {}),
        ([to_target(UserBlocked, CARLA, ALICE)], {ALICE: {CARLA}, CARLA: {ALICE}}),
    ):
        town.log.append(*events)
        await town.bring(view)
        for partition in town.log.partitions(GRAPH.name):
            for end in range(town.log.end(partition) + 1):
                await town.view().apply(town.log.batch(partition, 0, end))
                for user in (ALICE, CARLA):
                    found = (await town.timelines.home(user, limit=9)).silenced
                    assert found == silenced.get(user, set())


async def test_silenced_authors_do_not_shorten_what_is_read(town: Town) -> None:
    view = town.view()
    town.log.append(followed(ALICE, CARLA), followed(ALICE, BOB))
    town.log.append(*(posted(16 * n, BOB) for n in range(1, 11)))
    town.log.append(*(posted(16 * n, CARLA) for n in range(11, 200)))
    town.log.append(to_target(UserMuted, ALICE, CARLA))
    await town.bring(view)
    read = await town.timelines.home(ALICE, limit=5)
    assert [entry.tweet_id for entry in read.entries] == [160, 144, 128, 112, 96]


async def test_an_accepted_request_begins_and_a_removed_follower_ends(town: Town) -> None:
    view = town.view()
    town.log.append(posted(100, CARLA), to_target(FollowRequested, ALICE, CARLA))
    await town.bring(view)
    assert await town.home(ALICE) == []
    town.log.append(answered(CARLA, ALICE))
    await town.bring(view)
    assert await town.home(ALICE) == [100]
    town.log.append(follower_removed(CARLA, ALICE))
    await town.bring(view)
    assert await town.home(ALICE) == []


async def test_a_request_that_was_withdrawn_before_it_was_accepted_brings_nothing(
    town: Town,
) -> None:
    view = town.view()
    town.log.append(posted(100, CARLA), posted(200, ALICE))
    await town.bring(view)
    assert await town.home(ALICE) == [200]
    town.log.append(to_target(FollowRequested, ALICE, CARLA), unfollowed(ALICE, CARLA))
    town.log.append(answered(CARLA, ALICE))
    await town.bring(view)
    assert await town.home(ALICE) == [200]
