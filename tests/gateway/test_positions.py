"""Reading one's own writes: X-Event-Position and X-Min-Position."""

import re

import pytest

from gateway import positions
from tests.gateway.problems import assert_problem
from tests.person import Person


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
