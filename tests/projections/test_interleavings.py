"""Whatever the order in which views get what is on the log, all end as a plain model says."""

import asyncio
import random
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.positions import Partition
from projections.cache import CacheView, TweetCache
from projections.graph import Graph, GraphBehind, GraphView
from projections.retweets import RetweetStore, RetweetsView
from projections.stores import Stores
from projections.texts import Texts
from projections.timelines import Timelines, TimelinesView
from projections.timelines.keys import Keys
from projections.tweets import TweetStore, TweetsView
from projections.view import CheckpointBehind, View
from schemas.events import UserBlocked, UserMuted, UserUnblocked, UserUnmuted
from schemas.topics import GRAPH
from schemas.tweets import Entry
from streams.lag import reached
from tests.projections.memory_log import (
    MemoryLog,
    deleted,
    edited,
    followed,
    fresh_number,
    posted,
    retweet_removed,
    retweeted,
    to_target,
    unfollowed,
)

VIEWS = ("graph", "timelines", "tweets", "retweets", "cache")
USERS = 4
PARTITIONS = 2
SETTLE_SECONDS = 60.0


class Bounds(NamedTuple):
    """What decides by which way a tweet reaches its readers."""

    cap: int = 800
    celebrity: int = 100_000
    at_once: int = 1_000


class Step(NamedTuple):
    """One thing that happens; what the numbers mean depends on `what`."""

    what: str
    one: int
    other: int
    size: int


SILENCES = {
    "mute": UserMuted,
    "unmute": UserUnmuted,
    "block": UserBlocked,
    "unblock": UserUnblocked,
}
WHAT = (
    "post",
    "post",
    "late post",
    "follow",
    "follow",
    "unfollow",
    "edit",
    "delete",
    "retweet",
    "retweet",
    "undo retweet",
    *SILENCES,
    "apply",
    "apply",
    "apply",
    "apply",
    "crash",
    "again",
    "read",
    "read",
    "expire",
)
WRITES = ("post", "late post", "follow", "follow", "unfollow", "delete", "retweet", "retweet",
          "undo retweet", *SILENCES)  # fmt: skip
STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(WHAT),
        st.integers(0, USERS - 1),
        st.integers(0, USERS - 2),
        st.integers(0, 11),
    ),
    min_size=5,
    max_size=70,
)


@dataclass
class Model:
    """Who follows whom and who wrote what, once everything on the log is known."""

    follows: set[tuple[int, int]] = field(default_factory=set)
    texts: dict[int, list[str]] = field(default_factory=dict)
    author: dict[int, int] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    retweets: dict[int, tuple[int, int]] = field(default_factory=dict)
    in_force: dict[tuple[int, int], int | None] = field(default_factory=dict)
    mutes: set[tuple[int, int]] = field(default_factory=set)
    blocks: set[tuple[int, int]] = field(default_factory=set)

    def silenced(self, user: int) -> set[int]:
        found = {other for one, other in self.mutes | self.blocks if one == user}
        return found | {one for one, other in self.blocks if other == user}

    def entry(self, tweet: int) -> Entry:
        if tweet in self.retweets:
            author, original = self.retweets[tweet]
            return Entry(tweet, author, original)
        return Entry(tweet, self.author[tweet], tweet)

    def is_shown(self, tweet: int) -> bool:
        """Whether it is neither a deleted tweet nor a retweet that was undone."""
        if tweet in self.retweets:
            return self.in_force[self.retweets[tweet]] == tweet
        return tweet not in self.deleted

    def written_for(self, user: int) -> list[int]:
        """All tweets and retweets that ever belonged into the home of `user`, the newest first."""
        seen = {user} | {followee for follower, followee in self.follows if follower == user}
        everything = [*self.author.items(), *((r, pair[0]) for r, pair in self.retweets.items())]
        return sorted((tweet for tweet, author in everything if author in seen), reverse=True)


class World:
    """People, a log, every view on real stores, and the model."""

    def __init__(self, stores: Stores, generation: int, bounds: Bounds) -> None:
        base = fresh_number() * 1_000
        self.users = [base + 16 * n for n in range(USERS)]
        self.bounds = bounds
        self.log = MemoryLog(PARTITIONS)
        self.model = Model()
        self.stores = stores
        self.generation = generation
        self.graph = Graph(stores.postgres, generation)
        self.store = TweetStore(stores.mongo, generation)
        self.cache = TweetCache(
            stores.redis, generation, Texts(self.store), RetweetStore(stores.mongo, generation)
        )
        self.timelines = Timelines(stores.redis, generation, self.graph, cap=bounds.cap)
        self.views: dict[str, View] = {name: self._view(name) for name in VIEWS}
        self.at: dict[tuple[str, Partition], int] = {
            (name, partition): 0
            for name, view in self.views.items()
            for topic in view.topics
            for partition in self.log.partitions(topic.name)
        }
        self._ids = base * 1_000
        self._tweets: list[int] = []

    async def prepare(self) -> None:
        for view in self.views.values():
            await view.prepare()

    async def open(self, name: str) -> View:
        view = self._view(name)
        await view.prepare()
        return view

    def _view(self, name: str) -> View:
        stores, generation = self.stores, self.generation
        match name:
            case "graph":
                return GraphView(stores.postgres, generation)
            case "tweets":
                return TweetsView(stores.mongo, generation)
            case "retweets":
                return RetweetsView(stores.mongo, generation)
            case "cache":
                return CacheView(stores.redis, generation)
            case _:
                return TimelinesView(stores.redis, generation, self.graph, **self.bounds._asdict())

    async def take(self, step: Step) -> None:
        user = self.users[step.one]
        other = [somebody for somebody in self.users if somebody != user][step.other]
        match step.what:
            case "apply" | "crash" | "again":
                await self._move(step)
            case "read":
                await self.read(user)
            case "expire":
                await self.stores.redis.delete(Keys(self.generation).home(user))
            case _:
                self.append(step.what, user, other, step.size)

    async def read(self, user: int) -> None:
        await self.timelines.home(user, limit=50)
        await self.cache.find(self._tweets[-5:])

    def append(self, what: str, user: int, other: int, pick: int) -> None:
        self._ids += 16
        match what:
            case "post" | "late post":
                tweet = self._ids - (16 * pick if what == "late post" else 0)
                while tweet in self.model.author or tweet in self.model.retweets:
                    tweet -= 1
                self.log.append(posted(tweet, user, f"{tweet}"))
                self.model.author[tweet] = user
                self.model.texts[tweet] = [f"{tweet}"]
                self._tweets.append(tweet)
            case "follow":
                self.log.append(followed(user, other, self._ids))
                self.model.follows.add((user, other))
            case "unfollow":
                self.log.append(unfollowed(user, other, self._ids))
                self.model.follows.discard((user, other))
            case "retweet" | "undo retweet" if self._tweets:
                tweet = self._tweets[-1 - pick % len(self._tweets)]
                author, pair = self.model.author[tweet], (user, tweet)
                if what == "retweet":
                    self.log.append(retweeted(self._ids, user, tweet, author))
                    self.model.retweets[self._ids] = pair
                    self.model.in_force[pair] = self._ids
                elif (known := self.model.in_force.get(pair)) is not None:
                    self.log.append(retweet_removed(known, user, tweet, author))
                    self.model.in_force[pair] = None
            case "mute" | "unmute" | "block" | "unblock":
                self.log.append(to_target(SILENCES[what], user, other, self._ids))
                edges = self.model.blocks if what.endswith("block") else self.model.mutes
                (edges.discard if what.startswith("un") else edges.add)((user, other))
            case "edit" | "delete" if self._tweets:
                tweet = self._tweets[-1 - pick % len(self._tweets)]
                author = self.model.author[tweet]
                if what == "edit":
                    self.log.append(edited(tweet, author, self._ids, f"{self._ids}"))
                    self.model.texts[tweet].append(f"{self._ids}")
                else:
                    self.log.append(deleted(tweet, author))
                    self.model.deleted.add(tweet)

    async def _move(self, step: Step) -> None:
        places = sorted(self.at)
        name, partition = places[(step.one * 5 + step.other) % len(places)]
        here = self.at[name, partition]
        if step.what == "again":  # somebody who does not know that he was replaced
            start = max(0, here - step.size)
            again = await self.open(name)
            await self._apply(again, partition, start, start + 1 + step.size // 2, here)
        elif step.what == "crash":
            await self.views[name].close()
            self.views[name] = await self.open(name)
            stored = await self.views[name].checkpoints()
            for place in places:
                if place[0] == name:
                    self.at[place] = min(self.at[place], stored.get(place[1], 0))
        else:
            end = self.log.end(partition)
            self.at[name, partition] = await self._apply(
                self.views[name], partition, here, here + 1 + step.size, end
            )

    async def _apply(
        self, view: View, partition: Partition, start: int, end: int, last: int
    ) -> int:
        end = min(end, last)
        if view.name == "timelines" and partition.topic == GRAPH.name:
            end = min(end, (await self.graph.checkpoints()).get(partition, 0))
        if start >= end:
            return start
        await view.apply(self.log.batch(partition, start, end))
        return end

    async def settle(self) -> None:
        """Brings every view to the end of the log."""
        for name in VIEWS:
            for partition in sorted(p for view, p in self.at if view == name):
                end = self.log.end(partition)
                await self._apply(self.views[name], partition, self.at[name, partition], end, end)
        for view in self.views.values():
            await reached(view, self.log.ends(view), seconds=SETTLE_SECONDS)

    async def close(self) -> None:
        for view in self.views.values():
            await view.close()

    async def check(self) -> None:
        await self.settle()
        for user in self.users:
            await self._check_home(user)
            await self._check_home(user)  # the first may have built it
        await self._check_tweets()
        await self._check_edges()

    async def _check_home(self, user: int) -> None:
        cap = self.bounds.cap
        entries, silenced = await self.timelines.home(user, limit=cap)
        assert silenced == self.model.silenced(user)
        written = self.model.written_for(user)
        shown = [entry for entry in entries if self.model.is_shown(entry.tweet_id)]
        assert shown == sorted(set(shown), reverse=True)
        newest, allowed = (self._shown(tweets, silenced) for tweets in (written[:cap], written))
        assert shown[: len(newest)] == newest
        assert shown == allowed[: len(shown)]

    def _shown(self, tweets: Sequence[int], silenced: Collection[int]) -> list[Entry]:
        entries = [self.model.entry(tweet) for tweet in tweets if self.model.is_shown(tweet)]
        return [entry for entry in entries if entry.author not in silenced]

    async def _check_tweets(self) -> None:
        tweets = list(self.model.author)
        stored, cached = await self.store.find(tweets), await self.cache.find(tweets)
        assert stored == cached
        for tweet in tweets:
            found = stored[tweet]
            if tweet in self.model.deleted:
                assert found is None
            else:
                assert found is not None
                assert [version.text for version in found.versions] == self.model.texts[tweet]

        retweets = (await self.cache.look_up([], list(self.model.in_force))).retweets
        assert {pair: said.retweet_id for pair, said in retweets.items()} == self.model.in_force

    async def _check_edges(self) -> None:
        counts = await self.graph.counts(self.users)
        for user in self.users:
            followees = {other for one, other in self.model.follows if one == user}
            followers = {one for one, other in self.model.follows if other == user}
            assert set(await self.graph.followees(user)) == followees
            if followers or followees:
                assert counts[user] == (len(followers), len(followees))


@pytest.fixture(scope="module")
async def generation(stores: Stores) -> AsyncIterator[int]:
    number = fresh_number()
    views = (
        GraphView(stores.postgres, number),
        TweetsView(stores.mongo, number),
        RetweetsView(stores.mongo, number),
        CacheView(stores.redis, number),
        TimelinesView(stores.redis, number, Graph(stores.postgres, number)),
    )
    for view in views:
        await view.prepare()
    yield number
    for view in views:
        await view.drop()


BOUNDS = st.sampled_from(
    [
        Bounds(),
        Bounds(cap=4),
        Bounds(at_once=1),
        Bounds(celebrity=2),
        Bounds(celebrity=3, at_once=1),
        Bounds(cap=4, celebrity=2),
    ]
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
@given(steps=STEPS, bounds=BOUNDS)
async def test_every_interleaving_ends_as_the_model_says(
    stores: Stores, generation: int, steps: Sequence[Step], bounds: Bounds
) -> None:
    world = World(stores, generation, bounds)
    await world.prepare()
    try:
        for step in steps:
            await world.take(step)
        await world.check()
    finally:
        await world.close()


@pytest.mark.parametrize("seed", range(3))
async def test_appliers_and_readers_that_race_end_as_the_model_says(
    stores: Stores, generation: int, seed: int
) -> None:
    """Everything at once: two copies of each view, readers, and homes that expire."""
    chance = random.Random(seed)
    bounds = chance.choice([Bounds(), Bounds(at_once=1), Bounds(celebrity=2), Bounds(celebrity=4)])
    world = World(stores, generation, bounds)
    await world.prepare()
    written = asyncio.Event()
    copies = [await world.open(name) for name in world.views]

    async def write() -> None:
        for _ in range(400):
            what = chance.choice(WRITES)
            user, other = chance.sample(world.users, 2)
            world.append(what, user, other, chance.randrange(10))
            if chance.random() < 0.3:
                await asyncio.sleep(chance.random() * 0.004)
        written.set()

    async def follow_the_log(view: View, partition: Partition) -> None:
        position = 0
        while not written.is_set() or position < world.log.end(partition):
            end = min(world.log.end(partition), position + chance.randrange(1, 12))
            if position == end:
                await asyncio.sleep(0.001)
                continue
            try:
                await view.apply(world.log.batch(partition, position, end))
                position = end
            except CheckpointBehind as behind:
                position = behind.stored
            except GraphBehind:
                continue
            if chance.random() < 0.1:  # as after a rebalance
                stored = (await view.checkpoints()).get(partition, 0)
                position = min(position, stored)

    async def read() -> None:
        while not written.is_set():
            user = chance.choice(world.users)
            if chance.random() < 0.3:
                await stores.redis.delete(Keys(generation).home(user))
            await world.read(user)

    try:
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(write())
            for view in (*world.views.values(), *copies):
                for topic in view.topics:
                    for partition in world.log.partitions(topic.name):
                        group.create_task(follow_the_log(view, partition))
            for _ in range(6):
                group.create_task(read())
        for place in world.at:
            world.at[place] = world.log.end(place[1])
        await world.check()
    finally:
        for view in (*world.views.values(), *copies):
            await view.close()
