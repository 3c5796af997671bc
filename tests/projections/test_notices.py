"""The notices of every user, against a plain fold of the log."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.notices import Notice, Notices, NoticesView, reads
from projections.notices.folds import concerned
from projections.stores import Stores
from schemas.events import (
    Event,
    FollowerRemoved,
    FollowRequestAnswered,
    FollowRequested,
    Mark,
    NotificationsRead,
    ReactionCleared,
    ReplyDeleted,
    ReplyEdited,
    ReplyPosted,
    RetweetRemoved,
    Rewritten,
    TweetDeleted,
    TweetDisliked,
    TweetEdited,
    TweetLiked,
    TweetPosted,
    TweetRetweeted,
    UserFollowed,
    UserUnfollowed,
    Written,
)
from schemas.ids import MAX_ID
from tests.projections.memory_log import MemoryLog, fresh_number

USERS = (16, 32, 48, 64)
"""Multiples of 16, by which the log in memory spreads keys over its partitions."""
TWEETS = tuple(range(160, 288, 16))
AUTHOR = dict(zip(TWEETS, USERS * 2, strict=True))
REPLIES = TWEETS[4:]


class Numbers:
    """Event ids, rising."""

    def __init__(self) -> None:
        self._last = 1_000

    def event(self, kind: type[Event], actor: int, **fields: Any) -> Event:
        self._last += 1
        return kind(event_id=self._last, at=self._last, actor=actor, request_id="t", **fields)


def writing(numbers: Numbers, tweet: int, mentions: Sequence[int], quoted: int | None) -> Event:
    said: dict[str, Any] = {"tweet_id": tweet, "text": "", "mentions": tuple(mentions)}
    if quoted is not None:
        said |= {"quote_of": 1, "quoted_author": quoted}
    if tweet in REPLIES:
        parent = REPLIES[0] - 16
        answered = {"root": parent, "root_author": AUTHOR[parent]}
        said |= answered | {"parent": parent, "parent_author": AUTHOR[parent]}
        return numbers.event(ReplyPosted, AUTHOR[tweet], **said)
    return numbers.event(TweetPosted, AUTHOR[tweet], **said)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Things happen in any order between topics, and a tweet's post may come twice."""
    numbers, events = Numbers(), list[Event]()
    user, tweet = st.sampled_from(USERS), st.sampled_from(TWEETS)
    users = st.lists(user, max_size=3, unique=True)
    for step in draw(st.lists(st.integers(0, 11), min_size=1, max_size=60)):
        actor, about = draw(user), draw(tweet)
        reply = about in REPLIES
        match step:
            case 0 | 1:
                events.append(writing(numbers, about, draw(users), draw(st.none() | user)))
            case 2:
                edit: type[Event] = ReplyEdited if reply else TweetEdited
                said = {"tweet_id": about, "version_id": 1, "text": ""}
                mentions = tuple(draw(users))
                events.append(numbers.event(edit, AUTHOR[about], **said, mentions=mentions))
            case 3:
                gone: type[Event] = ReplyDeleted if reply else TweetDeleted
                events.append(numbers.event(gone, AUTHOR[about], tweet_id=about))
            case 4 | 5 | 6 | 7:
                kind: type[Event] = draw(st.sampled_from(MARKS))
                more = {"retweet_id": 1} if kind in RETWEETS else {}
                mark = {"tweet_id": about, "author": AUTHOR[about], **more}
                events.append(numbers.event(kind, actor, **mark))
            case 8 | 9 | 10:
                events.append(edge(draw, numbers, actor, draw(user)))
            case _:
                until = draw(st.one_of(st.integers(0, 1_080), st.just(MAX_ID)))
                events.append(numbers.event(NotificationsRead, actor, until=until))
    return events


MARKS: tuple[type[Event], ...] = (
    TweetLiked,
    TweetLiked,
    TweetDisliked,
    ReactionCleared,
    TweetRetweeted,
    RetweetRemoved,
)
RETWEETS = (TweetRetweeted, RetweetRemoved)
EDGES: tuple[type[Event], ...] = (
    UserFollowed,
    UserUnfollowed,
    FollowRequested,
    FollowRequestAnswered,
    FollowerRemoved,
)


def edge(draw: st.DrawFn, numbers: Numbers, one: int, other: int) -> Event:
    kind = draw(st.sampled_from(EDGES))
    if kind is FollowerRemoved:
        return numbers.event(kind, one, follower=other)
    if kind is FollowRequestAnswered:
        return numbers.event(kind, one, follower=other, accepted=draw(st.booleans()))
    return numbers.event(kind, one, target=other)


class Plain:
    """What should be seen, by the most obvious means: one event after the other."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.said: dict[tuple[int, int], tuple[str, int, int, bool]] = {}
        self.deleted: set[int] = set()
        self.marks: dict[tuple[int, str], dict[int, int]] = {}
        self.edges: dict[tuple[int, str, int], int] = {}
        self.until: dict[int, int] = {}
        for event in events:
            self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case Written() | Rewritten():
                for new in concerned(event) if event.tweet_id not in self.deleted else ():
                    kind, author, number, named = self.said.get(
                        (new.recipient, new.tweet_id),
                        (new.kind, event.actor, event.event_id, False),
                    )
                    self.said[new.recipient, new.tweet_id] = (
                        kind, author, number, named or new.mentioned
                    )  # fmt: skip
            case TweetDeleted(tweet_id=tweet) | ReplyDeleted(tweet_id=tweet):
                self.deleted.add(tweet)
                self.said = {key: one for key, one in self.said.items() if key[1] != tweet}
            case TweetLiked() | TweetRetweeted():
                kind = "like" if isinstance(event, TweetLiked) else "retweet"
                if event.actor != event.author:
                    marks = self.marks.setdefault((event.tweet_id, kind), {})
                    marks.setdefault(event.actor, event.event_id)
            case Mark():
                kind = "retweet" if isinstance(event, RetweetRemoved) else "like"
                self.marks.get((event.tweet_id, kind), {}).pop(event.actor, None)
            case NotificationsRead(actor=user):
                until = min(event.until, event.event_id)
                self.until[user] = max(until, self.until.get(user, 0))
            case UserFollowed(actor=one, target=other) if not self._follows(one, other):
                self.edges.pop((other, "follow_request", one), None)
                self._join(other, "follow", one, event)
            case FollowRequested(actor=one, target=other) if not self._follows(one, other):
                self._join(other, "follow_request", one, event)
            case FollowRequestAnswered(actor=other, follower=one):
                if self.edges.pop((other, "follow_request", one), None) and event.accepted:
                    self._join(one, "follow_accepted", other, event)
            case (
                UserUnfollowed(actor=one, target=other) | FollowerRemoved(actor=other, follower=one)
            ):
                self.edges.pop((other, "follow", one), None)
                self.edges.pop((other, "follow_request", one), None)
                self.edges.pop((one, "follow_accepted", other), None)

    def _follows(self, one: int, other: int) -> bool:
        return bool({(other, "follow", one), (one, "follow_accepted", other)} & self.edges.keys())

    def _join(self, recipient: int, kind: str, actor: int, event: Event) -> None:
        if recipient != actor:
            self.edges.setdefault((recipient, kind, actor), event.event_id)

    def of(self, user: int) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = [
            (number, kind, tweet, (author,), 1, number)
            for (recipient, tweet), (kind, author, number, _) in self.said.items()
            if recipient == user
        ]
        for (tweet, kind), marks in self.marks.items():
            if marks and AUTHOR[tweet] == user and tweet not in self.deleted:
                newest = sorted(marks, key=lambda actor: -marks[actor])
                number = marks[newest[0]]
                found.append(
                    (number, kind, tweet, tuple(newest[: reads.ACTORS]), len(marks), number)
                )
        found += [
            (number, kind, None, (actor,), 1, number)
            for (recipient, kind, actor), number in self.edges.items()
            if recipient == user
        ]
        return sorted(found, reverse=True, key=lambda notice: notice[0])

    def mentions(self, user: int) -> list[int]:
        return sorted(
            (tweet for (r, tweet), one in self.said.items() if r == user and one[3]), reverse=True
        )


@pytest.fixture
async def view(stores: Stores, generation: int) -> AsyncIterator[NoticesView]:
    view = NoticesView(stores.postgres, generation)
    await view.prepare()
    yield view
    await view.drop()


@pytest.fixture
def notices(stores: Stores, generation: int) -> Notices:
    return Notices(stores.postgres, generation)


async def cut(view: NoticesView, log: MemoryLog, bounds: Sequence[int]) -> None:
    """Feeds every partition in batches with the given sizes, each of them twice."""

    async def feed(partition: Any) -> None:
        start, turn = 0, 0
        while start < log.end(partition):
            end = min(start + bounds[turn % len(bounds)], log.end(partition))
            for _ in range(2):
                await view.apply(log.batch(partition, start, end))
            start, turn = end, turn + 1

    await asyncio.gather(*(feed(partition) for partition in log.events))


async def assert_shows(notices: Notices, plain: Plain) -> None:
    for user in USERS:
        shown = await notices.of(user, limit=200)
        assert shown == [Notice(*notice) for notice in plain.of(user)]
        assert await notices.mentions(user, limit=200) == plain.mentions(user)
        until = plain.until.get(user, 0)
        assert await notices.read_until(user) == until
        unread = [notice for notice in shown if notice.event_id > until]
        assert await notices.unread(user, after=until, silenced=()) == len(unread)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    events=histories(),
    one=st.lists(st.integers(1, 7), min_size=1, max_size=4),
    other=st.lists(st.integers(1, 7), min_size=1, max_size=4),
)
async def test_two_workers_with_other_bounds_show_what_a_plain_fold_shows(
    stores: Stores, events: list[Event], one: list[int], other: list[int]
) -> None:
    log = MemoryLog(3)
    log.append(*events)
    view = NoticesView(stores.postgres, generation := fresh_number())
    await view.prepare()
    try:
        await asyncio.gather(cut(view, log, one), cut(view, log, other))
        await assert_shows(Notices(stores.postgres, generation), Plain(events))
        before = await view.digest()
        await log.feed(view)
        assert await view.digest() == before
    finally:
        await view.drop()


async def test_partitions_that_write_one_group_at_once_leave_its_count_and_its_newest(
    stores: Stores, view: NoticesView, notices: Notices
) -> None:
    """Each tries to write what it saw before the others wrote."""
    numbers, log = Numbers(), MemoryLog(8)
    for turn in range(60):
        for partition in range(8):
            actor = 16 * partition + 1_600
            kind = ReactionCleared if turn % 3 == 2 else TweetLiked
            for tweet in TWEETS[::4]:
                log.append(numbers.event(kind, actor, tweet_id=tweet, author=16))
                log.append(numbers.event(TweetLiked, actor + turn % 16, tweet_id=tweet, author=16))
    await asyncio.gather(cut(view, log, [3]), cut(view, log, [2, 5]))
    plain = Plain(event for events in log.events.values() for event in events)
    assert await notices.of(16, limit=9) == [Notice(*notice) for notice in plain.of(16)]


async def test_the_silenced_are_left_out(view: NoticesView, notices: Notices) -> None:
    numbers, log = Numbers(), MemoryLog()
    for actor in (32, 48, 64):
        log.append(numbers.event(TweetLiked, actor, tweet_id=160, author=16))
        log.append(numbers.event(UserFollowed, actor, target=16))
    log.append(writing(numbers, 176, (16,), None))
    await log.feed(view)
    shown = await notices.of(16, limit=9, silenced=[32, 64])
    assert [(notice.kind, notice.actors) for notice in shown] == [
        ("like", (48,)),
        ("follow", (48,)),
    ]
    assert await notices.unread(16, after=0, silenced=[32, 64]) == 2
    assert await notices.of(16, limit=9, silenced=[32, 48, 64]) == []
    assert await notices.unread(16, after=0, silenced=[32, 48, 64]) == 0


async def test_pages_of_notices_follow_each_other(view: NoticesView, notices: Notices) -> None:
    numbers, log = Numbers(), MemoryLog()
    for number in range(7):
        log.append(numbers.event(UserFollowed, 100 + number, target=16))
        log.append(numbers.event(TweetLiked, 32, tweet_id=1_600 + number, author=16))
    await log.feed(view)
    whole = await notices.of(16, limit=100)
    paged: list[Notice] = []
    while page := await notices.of(16, before=paged[-1].event_id if paged else 2**62, limit=3):
        paged += page
    assert paged == whole
    assert len(whole) == 14


def widest(plan: dict[str, Any]) -> float:
    """The most rows that any step of a plan gave or left out."""
    own = float(plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0))
    return max([own, *(widest(step) for step in plan.get("Plans", ()))])


async def test_a_page_costs_the_same_however_many_notices_there_are(
    view: NoticesView, stores: Stores, generation: int
) -> None:
    numbers, log = Numbers(), MemoryLog()
    for n in range(3_000):
        log.append(numbers.event(UserFollowed, 100 + n, target=16))
        log.append(numbers.event(TweetLiked, 100 + n, tweet_id=160 + n % 1_000, author=16))
        log.append(numbers.event(TweetPosted, 32, tweet_id=5_000 + n, text="", mentions=(16,)))
    await log.feed(view)
    page = reads.PAGE.format(schema=view._schema)
    async with stores.postgres.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        await connection.execute(
            f"PREPARE page (bigint, bigint, bigint, bigint, bigint[]) AS {page}"
        )
        explained = await connection.fetchval(
            f"EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE page (16, 0, {2**62}, 10, '{{}}')"
        )
        await connection.execute("DEALLOCATE page")
    assert widest(json.loads(explained)[0]["Plan"]) <= 30
