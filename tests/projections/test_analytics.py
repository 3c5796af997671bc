"""Gained and lost by day, against a plain fold of the log; and the questions asked of it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.positions import Partition
from projections.analytics import Analytics, AnalyticsView
from projections.analytics.questions import Change, Cohort
from projections.stores import Stores
from schemas.events import (
    BookmarkRemoved,
    Event,
    FollowerRemoved,
    FollowRequestAnswered,
    FollowRequested,
    ProfileChanged,
    ReactionCleared,
    ReplyDeleted,
    ReplyPosted,
    RetweetRemoved,
    TweetBookmarked,
    TweetDeleted,
    TweetDisliked,
    TweetLiked,
    TweetPosted,
    TweetRetweeted,
    UserErased,
    UserFollowed,
    UserRegistered,
    UserUnfollowed,
)
from tests.projections.memory_log import MemoryLog, fresh_number

MONDAY = date(2026, 3, 2)
DAY_MS = 86_400_000
MONDAY_MS = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) * 1_000
USERS = (16, 32, 48, 64)
"""Multiples of 16, by which the log in memory spreads keys over its partitions."""
TWEETS = tuple(range(160, 256, 16))
AUTHOR = dict(zip(TWEETS, (16, 32, 48, 64, 16, 32), strict=True))
REPLIES = TWEETS[3:]
"""All answer the first tweet."""

MARKS: dict[type[Event], tuple[str, str | None, bool]] = {
    TweetLiked: ("likes", "likes_given", True),
    TweetDisliked: ("likes", "likes_given", False),
    ReactionCleared: ("likes", "likes_given", False),
    TweetRetweeted: ("retweets", "retweets_made", True),
    RetweetRemoved: ("retweets", "retweets_made", False),
    TweetBookmarked: ("bookmarks", None, True),
    BookmarkRemoved: ("bookmarks", None, False),
}
GRAPH: tuple[type[Event], ...] = (
    UserFollowed,
    UserUnfollowed,
    FollowRequested,
    FollowRequestAnswered,
    FollowerRemoved,
)


def happens(kind: type[Event], day: int, actor: int, **fields: Any) -> Event:
    at = MONDAY_MS + day * DAY_MS
    return kind(event_id=fresh_number(), at=at, actor=actor, request_id="t", **fields)


def writes(day: int, tweet: int, quoted: int | None = None) -> Event:
    said: dict[str, Any] = {"tweet_id": tweet, "text": ""}
    if quoted is not None:
        said |= {"quote_of": quoted, "quoted_author": AUTHOR[quoted]}
    if tweet not in REPLIES:
        return happens(TweetPosted, day, AUTHOR[tweet], **said)
    said |= {"root": 160, "root_author": AUTHOR[160], "parent": 160, "parent_author": AUTHOR[160]}
    return happens(ReplyPosted, day, AUTHOR[tweet], **said)


def deletes(day: int, tweet: int, actor: int) -> Event:
    return happens(ReplyDeleted if tweet in REPLIES else TweetDeleted, day, actor, tweet_id=tweet)


def marks(kind: type[Event], day: int, actor: int, tweet: int) -> Event:
    more = {"retweet_id": 1} if kind in (TweetRetweeted, RetweetRemoved) else {}
    return happens(kind, day, actor, tweet_id=tweet, author=AUTHOR[tweet], **more)


def relates(kind: type[Event], day: int, one: int, other: int, accepted: bool) -> Event:
    if kind is FollowRequestAnswered:
        return happens(kind, day, one, follower=other, accepted=accepted)
    if kind is FollowerRemoved:
        return happens(kind, day, one, follower=other)
    return happens(kind, day, one, target=other)


_day, _user, _tweet = st.integers(0, 3), st.sampled_from(USERS), st.sampled_from(TWEETS)
HISTORIES = st.lists(
    st.one_of(
        st.builds(writes, _day, _tweet, st.none() | _tweet),
        st.builds(deletes, _day, _tweet, _user),
        st.builds(marks, st.sampled_from(list(MARKS)), _day, _user, _tweet),
        st.builds(relates, st.sampled_from(GRAPH), _day, _user, _user, st.booleans()),
    ),
    max_size=60,
)


class Plain:
    """What should be counted, by the most obvious means: one event after the other."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.tweets: dict[tuple[int, date, str], Counter[bool]] = {}
        self.users: dict[tuple[int, date, str], Counter[bool]] = {}
        self.posts: dict[int, Any] = {}
        self.deleted: set[int] = set()
        self.marked: set[tuple[str, int, int]] = set()
        self.follows: set[tuple[int, int]] = set()
        self.requests: set[tuple[int, int]] = set()
        for event in events:
            self._take(event)

    def _user(self, event: Event, user: int, measure: str | None, by: bool) -> None:
        if measure:
            key = (user, datetime.fromtimestamp(event.at / 1000, UTC).date(), measure)
            self.users.setdefault(key, Counter())[by] += 1

    def _tweet(self, event: Event, tweet: int, measure: str, by: bool) -> None:
        key = (tweet, datetime.fromtimestamp(event.at / 1000, UTC).date(), measure)
        self.tweets.setdefault(key, Counter())[by] += 1
        self._user(event, AUTHOR[tweet], measure, by)

    def _take(self, event: Any) -> None:
        if isinstance(event, TweetPosted | ReplyPosted):
            if event.tweet_id not in self.posts:
                self.posts[event.tweet_id] = event
                self._post(event, event, True)
        elif isinstance(event, TweetDeleted | ReplyDeleted):
            post = self.posts.get(event.tweet_id)
            if post and post.actor == event.actor and event.tweet_id not in self.deleted:
                self.deleted.add(event.tweet_id)
                self._post(event, post, False)
        elif type(event) in MARKS:
            measure, given, begins = MARKS[type(event)]
            key = (measure, event.actor, event.tweet_id)
            if begins != (key in self.marked):
                self.marked ^= {key}
                self._tweet(event, event.tweet_id, measure, begins)
                self._user(event, event.actor, given, begins)
        else:
            self._relate(event)

    def _post(self, event: Event, post: Any, by: bool) -> None:
        reply = isinstance(post, ReplyPosted)
        self._user(event, post.actor, "replies_made" if reply else "posts", by)
        if reply:
            self._tweet(event, post.parent, "replies", by)
        if post.quote_of:
            self._tweet(event, post.quote_of, "quotes", by)

    def _relate(self, event: Any) -> None:
        target = isinstance(event, UserFollowed | UserUnfollowed | FollowRequested)
        edge = (event.actor, event.target) if target else (event.follower, event.actor)
        before = edge in self.follows
        match event:
            case UserFollowed():
                self.follows.add(edge)
                self.requests.discard(edge)
            case FollowRequested() if not before:
                self.requests.add(edge)
            case FollowRequestAnswered():
                if event.accepted and edge in self.requests:
                    self.follows.add(edge)
                self.requests.discard(edge)
            case UserUnfollowed() | FollowerRemoved():
                self.follows.discard(edge)
                self.requests.discard(edge)
            case _:
                pass
        if (after := edge in self.follows) != before:
            self._user(event, edge[0], "following", after)
            self._user(event, edge[1], "followers", after)


@pytest.fixture
async def view(stores: Stores, generation: int) -> AsyncIterator[AnalyticsView]:
    view = AnalyticsView(stores.postgres, generation)
    await view.prepare()
    yield view
    await view.drop()


@pytest.fixture
def analytics(stores: Stores, generation: int) -> Analytics:
    return Analytics(stores.postgres, generation)


async def cut(view: AnalyticsView, log: MemoryLog, sizes: Sequence[int]) -> None:
    """Feeds every partition in batches of the given sizes, each of them twice."""

    async def feed(partition: Partition) -> None:
        start, turn = 0, 0
        while start < log.end(partition):
            end = min(start + sizes[turn % len(sizes)], log.end(partition))
            for _ in range(2):
                await view.apply(log.batch(partition, start, end))
            start, turn = end, turn + 1

    await asyncio.gather(*(feed(partition) for partition in log.events))


SIZES = st.lists(st.integers(1, 7), min_size=1, max_size=4)
WEEK = (MONDAY, MONDAY + timedelta(days=6))


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=HISTORIES, one=SIZES, other=SIZES)
async def test_two_workers_with_other_bounds_count_what_a_plain_fold_counts(
    stores: Stores, events: list[Event], one: list[int], other: list[int]
) -> None:
    log = MemoryLog(3)
    log.append(*events)
    view = AnalyticsView(stores.postgres, generation := fresh_number())
    analytics = Analytics(stores.postgres, generation)
    await view.prepare()
    try:
        await asyncio.gather(cut(view, log, one), cut(view, log, other))
        plain = Plain(events)
        shown = {
            (user, day, measure): Counter({True: change.gained, False: change.lost})
            for user in USERS
            for day, measures in (await analytics.of_user(user, *WEEK)).items()
            for measure, change in measures.items()
        }
        assert shown == plain.users
        of_tweets = {
            (tweet, day, measure): Counter({True: change.gained, False: change.lost})
            for tweet, days in (await analytics.of_tweets(TWEETS, *WEEK)).items()
            for day, measures in days.items()
            for measure, change in measures.items()
        }
        assert of_tweets == plain.tweets
        before = await view.digest()
        await log.feed(view)
        assert await view.digest() == before
    finally:
        await view.drop()


async def test_an_undone_like_is_lost_on_its_day(view: AnalyticsView, analytics: Analytics) -> None:
    log = MemoryLog()
    log.append(marks(TweetLiked, 0, 32, 160), marks(TweetLiked, 1, 32, 160))
    log.append(marks(TweetLiked, 1, 48, 160), marks(ReactionCleared, 2, 32, 160))
    log.append(marks(ReactionCleared, 3, 32, 160))
    await log.feed(view)
    assert await analytics.of_tweets([160], *WEEK) == {
        160: {
            MONDAY: {"likes": Change(1, 0)},
            MONDAY + timedelta(days=1): {"likes": Change(1, 0)},
            MONDAY + timedelta(days=2): {"likes": Change(0, 1)},
        }
    }


async def test_who_gained_most(view: AnalyticsView, analytics: Analytics) -> None:
    log = MemoryLog()
    log.append(happens(UserRegistered, 0, 16, user_id=16, username="wren", name="Wren"))
    log.append(happens(ProfileChanged, 0, 16, user_id=16, username="jenny", name="Wren"))
    log.append(happens(UserRegistered, 0, 80, user_id=80, username="rook", name="Rook"))
    for follower in (32, 48, 64):
        log.append(happens(UserFollowed, 0, follower, target=16))
        log.append(happens(UserFollowed, 1, follower, target=80))
    log.append(happens(UserUnfollowed, 2, 32, target=80), happens(UserFollowed, 9, 1, target=80))
    log.append(happens(UserFollowed, 0, 1, target=96), happens(UserUnfollowed, 1, 1, target=96))
    await log.feed(view)
    most = await analytics.gained_most("followers", *WEEK, limit=10)
    assert [(one.user_id, one.username, one.gained, one.lost) for one in most] == [
        (16, "jenny", 3, 0),
        (80, "rook", 3, 1),
    ]
    assert [one.user_id for one in await analytics.gained_most("followers", *WEEK, limit=1)] == [16]


async def test_who_was_erased_is_in_no_ranking_and_no_cohort(
    view: AnalyticsView, analytics: Analytics
) -> None:
    log = MemoryLog()
    for user, name in ((16, "wren"), (80, "rook")):
        log.append(happens(UserRegistered, 0, user, user_id=user, username=name, name=name))
    log.append(happens(UserFollowed, 0, 32, target=16), happens(UserFollowed, 0, 32, target=80))
    await log.feed(view)
    log.append(happens(UserErased, 1, 16, user_id=16))
    log.append(happens(ProfileChanged, 1, 80, user_id=80, username="crow", name="Crow"))
    await log.feed(view)
    most = await analytics.gained_most("followers", *WEEK, limit=10)
    assert [(one.user_id, one.username) for one in most] == [(80, "crow")]
    assert await analytics.retention(MONDAY, MONDAY, weeks=1) == [Cohort(MONDAY, 1, [0])]


async def test_top_tweets_are_there_and_within_the_time(
    view: AnalyticsView, analytics: Analytics
) -> None:
    log = MemoryLog()
    log.append(writes(0, 160), writes(0, 224), writes(0, 176, quoted=160))
    for user in (32, 48, 64):
        log.append(marks(TweetLiked, 0, user, 160), marks(TweetRetweeted, 1, user, 224))
    log.append(marks(TweetLiked, 9, 1, 160), marks(ReactionCleared, 2, 32, 160))
    await log.feed(view)
    tops = await analytics.top_tweets(16, *WEEK, limit=9)
    assert [(top.tweet_id, top.engagements, top.measures) for top in tops] == [
        (160, 4, {"likes": 2, "quotes": 1, "replies": 1}),
        (224, 3, {"retweets": 3}),
    ]
    assert [top.tweet_id for top in await analytics.top_tweets(16, *WEEK, limit=1)] == [160]
    log.append(deletes(3, 160, 16))
    await log.feed(view)
    assert [top.tweet_id for top in await analytics.top_tweets(16, *WEEK, limit=9)] == [224]


async def test_retention_by_week_of_registration(view: AnalyticsView, analytics: Analytics) -> None:
    log = MemoryLog()
    for user, day in ((16, 0), (32, 6), (48, 3), (64, 7)):
        name = f"u{user}"
        log.append(happens(UserRegistered, day, user, user_id=user, username=name, name=name))
    log.append(happens(UserFollowed, 0, 16, target=999), happens(UserFollowed, 8, 16, target=998))
    log.append(happens(UserFollowed, 12, 32, target=16))  # in the first seven days of user 32
    log.append(happens(UserFollowed, 13, 32, target=48))
    log.append(happens(UserUnfollowed, 20, 48, target=1))  # which undoes nothing
    await log.feed(view)
    assert await analytics.retention(MONDAY, MONDAY + timedelta(days=8), weeks=3) == [
        Cohort(MONDAY, 3, [2, 2, 0]),
        Cohort(MONDAY + timedelta(days=7), 1, [0, 0, 0]),
    ]
    assert len(await analytics.retention(MONDAY, MONDAY, weeks=1)) == 1
