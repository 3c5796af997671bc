"""What one gained and lost by day."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from events.log import Log
from schemas.events import BookmarkRemoved, ReactionCleared, TweetBookmarked, TweetLiked
from tests.gateway.happening import mark
from tests.gateway.problems import assert_problem
from tests.midnight import away_from_midnight
from tests.person import Person, Reply
from tests.x_clients import Xdk


async def of_user(person: Person, **params: str) -> Reply:
    return await person.call("GET", f"/2/users/{person.id}/analytics", params=params)


async def of_tweets(person: Person, *ids: str, **params: str) -> Reply:
    return await person.call("GET", "/2/tweets/analytics", params={"ids": ",".join(ids), **params})


def this_day() -> str:
    return f"{datetime.now(UTC):%Y-%m-%d}T00:00:00.000Z"


def span(days: int = 0) -> dict[str, str]:
    now = datetime.now(UTC) - timedelta(days=days)
    return {
        "start_time": f"{now - timedelta(days=1):%Y-%m-%dT00:00:00Z}",
        "end_time": f"{now + timedelta(days=1):%Y-%m-%dT00:00:00Z}",
    }


@pytest.fixture(autouse=True)
async def one_day() -> None:
    await away_from_midnight()


async def test_a_day_of_ones_own(alice: Person, bob: Person, log: Log) -> None:
    first, second = await alice.tweet("First"), await alice.tweet("Second")
    gone = await alice.tweet("Gone")
    await alice.delete(gone)
    await bob.follow(alice)
    alice.has_seen(bob)
    for kind, tweet in ((TweetLiked, first), (TweetLiked, second), (ReactionCleared, second)):
        await mark(log, kind, bob, tweet, alice)
    reply = await of_user(alice)
    assert reply.status == 200, reply.body
    (day,) = reply.data["timestamped_metrics"]
    assert day["timestamp"] == this_day()
    assert day["metrics"] == {
        "posts": {"gained": 3, "lost": 1},
        "followers": {"gained": 1, "lost": 0},
        "likes": {"gained": 2, "lost": 1},
    }
    totals = reply.data["totals"]
    assert totals["likes"] == {"gained": 2, "lost": 1}
    assert totals["following"] == {"gained": 0, "lost": 0}
    assert len(totals) == 11
    assert reply.data["top_tweets"] == [
        {"id": first, "engagements": 1, "metrics": {"likes": 1}},
    ]


async def test_weeks_totals_and_times(alice: Person) -> None:
    await alice.tweet("Counted")
    for granularity in ("daily", "weekly", "total"):
        reply = await of_user(alice, granularity=granularity, **span())
        (bucket,) = reply.data["timestamped_metrics"]
        assert bucket["metrics"] == {"posts": {"gained": 1, "lost": 0}}
        today = granularity == "daily"
        assert (bucket["timestamp"] == this_day()) == today
    earlier = await of_user(alice, **span(days=9))
    assert (earlier.data["timestamped_metrics"], earlier.data["top_tweets"]) == ([], [])


async def test_tweets_of_ones_own(alice: Person, bob: Person, log: Log) -> None:
    tweet_id, other = await alice.tweet("Mine"), await bob.tweet("Bob's")
    alice.has_seen(bob)
    await mark(log, TweetLiked, bob, tweet_id, alice)
    await mark(log, TweetBookmarked, bob, tweet_id, alice)
    await mark(log, BookmarkRemoved, bob, tweet_id, alice)
    reply = await of_tweets(alice, tweet_id, other, "7")
    (one,) = reply.data
    assert one["id"] == tweet_id
    assert {name: count for name, count in one.items() if name != "id" and count} == {
        "engagements": 2,
        "likes": 1,
        "bookmarks": 1,
        "unbookmarks": 1,
    }
    assert [error["value"] for error in reply.body["errors"]] == [other, "7"]
    daily = await of_tweets(
        alice, tweet_id, granularity="daily", **{"analytics.fields": "id,likes,impressions"}
    )
    assert daily.data == [
        {
            "id": tweet_id,
            "timestamped_metrics": [{"timestamp": this_day(), "metrics": {"likes": 1}}],
        }
    ]


async def test_nobody_sees_anothers(alice: Person, bob: Person) -> None:
    assert_problem(await alice.call("GET", f"/2/users/{bob.id}/analytics"), 403, bob.id)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"granularity": "hourly"}, "by day"),
        ({"start_time": "2026-01-02T00:00:00Z", "end_time": "2026-01-02T00:00:00Z"}, "start_time"),
        ({"start_time": "2024-01-01T00:00:00Z", "end_time": "2026-01-01T00:00:00Z"}, "366"),
        ({"start_time": "yesterday"}, "start_time"),
        ({"analytics.fields": "fame"}, "fame"),
    ],
)
async def test_what_cannot_be_asked(alice: Person, asked: dict[str, str], said: str) -> None:
    assert_problem(await of_tweets(alice, "7", **asked), 400, said)


@pytest.mark.parametrize(
    "end", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59"]
)
async def test_the_ends_of_the_calendar(alice: Person, end: str) -> None:
    reply = await of_user(alice, end_time=end)
    assert (reply.status, reply.data["timestamped_metrics"]) == (200, [])


async def test_xdk_reads_analytics(alice: Person, bob: Person, log: Log, with_xdk: Xdk) -> None:
    tweet_id = await alice.tweet("Measured")
    await mark(log, TweetLiked, bob, tweet_id, alice)
    assert (await of_tweets(alice, tweet_id)).data[0]["likes"] == 1
    times: dict[str, Any] = span()
    total = await with_xdk(
        "posts", "get_analytics", [tweet_id], granularity="total", **times,
        analytics_fields=["likes", "unlikes", "impressions", "engagements"],
    )  # fmt: skip
    assert (total.data[0].id, total.data[0].likes, total.data[0].unlikes) == (tweet_id, 1, 0)
    daily = await with_xdk("posts", "get_analytics", [tweet_id], granularity="daily", **times)
    (day,) = daily.data[0].timestamped_metrics
    assert (day.timestamp, day.metrics.likes) == (this_day(), 1)
