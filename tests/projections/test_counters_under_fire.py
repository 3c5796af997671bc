"""However batches are cut, repeated, interleaved and broken off, the counters are a plain fold."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.positions import Partition
from events.tasks import cancel_all
from projections.counters import Counters, CountersView, Counts, Flags
from projections.counters.counts import COUNTERS
from projections.stores import Stores
from schemas.events import Event
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
from tests.projections.memory_log import MemoryLog, deleted, fresh_number, posted

USERS = (16, 33)
TWEETS = (1_000, 1_016)
SECONDS = 60.0
MORE = (2_000, 2_016, 2_032)

Make = Callable[[int, int], Event]
MARKS: tuple[Make, ...] = (
    liked,
    disliked,
    cleared,
    bookmarked,
    unbookmarked,
    lambda tweet, user: retweeted(tweet, user, 7),
    lambda tweet, user: retweet_removed(tweet, user, 7),
    lambda tweet, user: voted(tweet, user, 1),
    lambda tweet, user: voted(tweet, user, 2),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    events: list[Event] = []
    for _ in range(draw(st.integers(5, 30))):
        user = draw(st.sampled_from(USERS))
        more = draw(st.sampled_from(MORE))
        tweet = draw(st.sampled_from(TWEETS))
        what = draw(st.integers(0, len(MARKS) + 5))
        if what < len(MARKS):
            events.append(MARKS[what](tweet, user))
        elif what == len(MARKS) and events:
            events.append(draw(st.sampled_from(events)))
        elif what == len(MARKS) + 1:
            events.append(posted(more, user, quote_of=tweet))
        elif what == len(MARKS) + 2:
            events.append(replied(more + 160, user, parent=tweet))
        elif what == len(MARKS) + 3:
            events.append(deleted(more, user))
        elif what == len(MARKS) + 4:
            events.append(reply_deleted(more + 160, user))
    return events


@dataclass
class Model:
    """The counters by the rules of the product, from the log as it stands."""

    marks: dict[tuple[str, int, int], str] = field(default_factory=dict)
    posts: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    authors: dict[int, int] = field(default_factory=dict)

    def take(self, event: Any) -> None:
        match type(event).__name__:
            case "TweetPosted" | "ReplyPosted":
                if event.tweet_id not in self.authors:
                    self.authors[event.tweet_id] = event.actor
                    given = [(event.actor, "posts")]
                    given += [(event.quote_of, "quotes")] if event.quote_of else []
                    given += [(event.parent, "replies")] if hasattr(event, "parent") else []
                    self.posts[event.tweet_id] = given
            case "TweetDeleted" | "ReplyDeleted":
                if self.authors.get(event.tweet_id) == event.actor:
                    self.posts.pop(event.tweet_id, None)
            case "PollVoted":
                key = "vote", event.actor, event.tweet_id
                self.marks.setdefault(key, f"votes_{event.option}")
            case name:
                family = (
                    "bookmark" if "Bookmark" in name
                    else "retweet" if "Retweet" in name
                    else "reaction"
                )  # fmt: skip
                kind = {
                    "TweetLiked": "likes", "TweetDisliked": "dislikes",
                    "TweetBookmarked": "bookmarks", "TweetRetweeted": "retweets",
                }.get(name, "")  # fmt: skip
                key = family, event.actor, event.tweet_id
                self.marks[key] = kind

    def counts(self) -> dict[int, Counter[str]]:
        found: dict[int, Counter[str]] = {}
        for gave in self.posts.values():
            for target, counter in gave:
                found.setdefault(target, Counter())[counter] += 1
        for (_, user, tweet), kind in self.marks.items():
            if kind:
                found.setdefault(tweet, Counter())[kind] += 1
            also = {"likes": "liked", "retweets": "posts"}.get(kind)
            if also:
                found.setdefault(user, Counter())[also] += 1
        return found

    def flags(self, user: int, tweet: int) -> Flags:
        kinds = {
            self.marks.get((family, user, tweet), "")
            for family in ("reaction", "bookmark", "retweet")
        }
        return Flags("likes" in kinds, "dislikes" in kinds, "retweets" in kinds,
                     "bookmarks" in kinds)  # fmt: skip


class Crash(Exception):
    """The process ends here."""


class Stepped:
    """What it wraps, with a stop before each call: there others go on, or the process ends."""

    def __init__(self, inner: Any, stop: Callable[[], Awaitable[None]]) -> None:
        self._inner = inner
        self._stop = stop

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name == "checkpoints":
            return Stepped(found, self._stop)

        async def call(*arguments: Any, **more: Any) -> Any:
            await self._stop()
            return await found(*arguments, **more)

        return call


class Worker:
    """A worker of the view that stops before every call of a store, and may crash there."""

    def __init__(self, stores: Stores, generation: int, chance: random.Random) -> None:
        self.view = CountersView(stores.mongo, stores.redis, generation)
        for part in ("_collections", "_totals", "_viewers"):
            setattr(self.view, part, Stepped(getattr(self.view, part), self._stop))
        self._chance = chance
        self.crashes = 0.0

    async def _stop(self) -> None:
        if self._chance.random() < self.crashes:
            raise Crash
        for _ in range(self._chance.randrange(4)):
            await asyncio.sleep(0)

    async def work(self, log: MemoryLog, partition: Partition) -> None:
        """Applies batches of any size up to the end, some of them again, some not to their end."""
        self.crashes = 0.1
        stored = 0
        while stored < log.end(partition):
            try:
                start = self._chance.randint(max(0, stored - 5), stored)
                end = self._chance.randint(start + 1, log.end(partition))
                await self.view.apply(log.batch(partition, start, end))
                stored = (await self.view.checkpoints()).get(partition, 0)
            except Crash:
                self.crashes *= 0.9


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(history=histories(), seed=st.integers(0, 2**32))
async def test_the_counters_are_a_plain_fold(
    stores: Stores, history: list[Event], seed: int
) -> None:
    generation = fresh_number()
    chance = random.Random(seed)
    log = MemoryLog(2)
    log.append(*history)
    model = Model()
    for event in history:
        model.take(event)
    counters = Counters(stores.mongo, stores.redis, generation)
    targets = [*USERS, *TWEETS, *MORE]
    workers = [Worker(stores, generation, chance) for _ in range(3)]
    view = CountersView(stores.mongo, stores.redis, generation)
    for one in (view, *(worker.view for worker in workers)):
        await one.prepare()
    reading = True

    async def read() -> None:
        while reading:
            await counters.of(chance.sample(targets, 3))
            await counters.flags(chance.choice(USERS), TWEETS)
            for _ in range(chance.randrange(30)):
                await asyncio.sleep(0)

    reader = asyncio.create_task(read())
    try:
        async with asyncio.timeout(SECONDS), asyncio.TaskGroup() as working:
            for worker in workers:
                for partition in log.events:
                    working.create_task(worker.work(log, partition))
        reading = False
        await reader

        expected = model.counts()
        stored = await counters._collections.totals(targets)
        assert {target: _counted(counts) for target, counts in stored.items()} == {
            target: expected.get(target, Counter()) for target in targets
        }
        assert await counters.of(targets) == stored
        for user in USERS:
            assert await counters.flags(user, TWEETS) == {
                tweet: model.flags(user, tweet) for tweet in TWEETS
            }
    finally:
        await cancel_all([reader])
        await view.drop()


def _counted(counts: Counts) -> Counter[str]:
    return Counter({name: n for name in COUNTERS if (n := getattr(counts, name))})
