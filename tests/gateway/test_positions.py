"""Reading one's own writes: X-Event-Position and X-Min-Position."""

import re
from typing import get_args

import pytest

from gateway import positions
from projections.cache import TweetCache
from projections.counters import Counters
from projections.graph import Graph
from projections.lists import Lists
from schemas.api.lists import ListObject
from schemas.api.notifications import NotificationObject
from schemas.api.tweets import TweetObject
from schemas.api.users import UserObject
from tests.gateway.asking import Known, question, reads
from tests.gateway.happening import waited_for
from tests.gateway.problems import assert_problem
from tests.gateway.test_lists import make
from tests.person import Person

SHOWN = {UserObject, TweetObject, ListObject, NotificationObject}


async def test_every_write_tells_its_position(alice: Person, bob: Person) -> None:
    posted = await alice.call("POST", "/2/tweets", json={"text": "Where am I?"})
    replies = {
        "tweets": [
            posted,
            await alice.edit(posted.data["id"], "There."),
            await alice.delete(posted.data["id"]),
        ],
        "graph": [await alice.follow(bob), await alice.unfollow(bob)],
    }
    for topic, written in replies.items():
        places = [reply.position for reply in written]
        assert all(re.fullmatch(rf"{topic}:\d+:\d+", place) for place in places)
        offsets = [int(place.rpartition(":")[2]) for place in places]
        assert offsets == sorted(set(offsets))
        assert len({place.rpartition(":")[0] for place in places}) == 1


async def test_a_read_with_a_position_sees_the_write(alice: Person, bob: Person) -> None:
    for n in range(20):
        tweet_id = await alice.tweet(f"Right now {n}")
        bob.has_seen(alice)
        assert (await bob.lookup(tweet_id)).status == 200
        assert await alice.home_ids() == [
            tweet_id,
            *[t["id"] for t in (await bob.user_tweets(alice, max_results="100")).data][1:],
        ]


async def test_reads_have_no_position(alice: Person) -> None:
    assert "X-Event-Position" not in (await alice.call("GET", "/2/users/me")).headers


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("nonsense", "nonsense"),
        ("", "no log position"),
        ("tweets:0", "no log position"),
        ("tweets:0:-1", "no log position"),
        ("tweets:x:1", "no log position"),
        ("tweets:0:" + "9" * 5_000, "no log position"),
        ("tweets:0:٣", "no log position"),
        ("weather:0:1", "weather"),
        (",".join(["tweets:0:0"] * 17), "16"),
    ],
)
async def test_a_position_that_is_none_is_refused(alice: Person, value: str, said: str) -> None:
    reply = await alice.call("GET", "/2/users/me", headers={"X-Min-Position": value})
    assert_problem(reply, 400, "X-Min-Position", said)


@pytest.mark.parametrize("place", ["tweets:0:999999999", "tweets:99:0"])
async def test_a_position_that_is_not_reached_is_503(
    alice: Person, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.setattr(positions, "WAIT_SECONDS", 0.2)
    reply = await alice.call("GET", alice.home_path, headers={"X-Min-Position": place})
    assert_problem(reply, 503, place)
    assert int(reply.headers["Retry-After"]) >= 1


async def test_a_read_waits_only_for_the_views_it_touches(alice: Person) -> None:
    """Followers come out of the graph, which knows nothing of this topic."""
    reply = await alice.call(
        "GET", f"/2/users/{alice.id}/followers", headers={"X-Min-Position": "users:0:999999999"}
    )
    assert reply.status == 200


async def test_every_read_waits_for_the_views_of_what_it_shows_of_users(
    alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Known(alice, await alice.tweet("Wheatears"), await make(alice))
    await alice.follow(bob)
    kinds = (TweetCache, Counters, Graph, Lists)
    views = {kind.__name__: waited_for(kind, monkeypatch) for kind in kinds}
    asked, missed = 0, []
    for endpoint in reads():
        if not {endpoint.answers, *get_args(endpoint.answers)} & SHOWN:
            continue
        for fields, needed in (
            ("public_metrics", ["Counters", "Graph", "Lists"]),
            ("connection_status", ["Graph"]),
            ("pinned_tweet_id", ["TweetCache", "Graph"]),
        ):
            for waited in views.values():
                waited.clear()
            path, params = question(endpoint, known)
            params |= {"user.fields": fields, "expansions": "author_id,owner_id"}
            reply = await alice.call("GET", path, params=params)
            assert reply.status == 200, (path, reply.body)
            asked += 1
            missed += [(endpoint.path, fields, view) for view in needed if not views[view]]
    assert missed == []
    assert asked > 3 * 30


async def test_an_edit_of_a_pinned_tweet_is_shown_beside_the_members_of_a_list(
    alice: Person, bob: Person
) -> None:
    list_id = await make(bob)
    pinned = await alice.tweet("Version 0")
    await alice.call("PUT", f"/2/users/{alice.id}/pinned_tweet", json={"tweet_id": pinned})
    await bob.call("POST", f"/2/lists/{list_id}/members", json={"user_id": alice.id})
    for n in range(1, 6):
        await alice.edit(pinned, f"Version {n}")
        bob.has_seen(alice)
        path = f"/2/lists/{list_id}/members"
        shown = await bob.call("GET", path, params={"expansions": "pinned_tweet_id"})
        assert [tweet["text"] for tweet in shown.body["includes"]["tweets"]] == [f"Version {n}"]
