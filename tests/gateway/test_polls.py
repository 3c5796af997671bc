"""Voting in polls, and their results."""

import asyncio
import itertools
import time
from typing import Any

from events.log import Log
from schemas.events import Poll, TweetPosted
from schemas.ids import first_id_at
from tests.conftest import Register
from tests.gateway.problems import assert_problem
from tests.person import Person, Reply

_numbers = itertools.count(1)
SHOWN = {
    "expansions": "attachments.poll_ids",
    "tweet.fields": "attachments",
    "poll.fields": "duration_minutes,end_datetime,options,voting_status",
}


async def asked(log: Log, author: Person, minutes: int, *, age_ms: int = 0) -> str:
    """The id of a new tweet with a poll of two options; all wait for it."""
    at = time.time_ns() // 1_000_000 - age_ms
    tweet_id = first_id_at(at) + next(_numbers)
    posted = TweetPosted(
        event_id=tweet_id, at=at, actor=int(author.id), request_id="t", tweet_id=tweet_id,
        text="Which?", poll=Poll(("Wren", "Robin"), minutes),
    )  # fmt: skip
    position = await log.append(posted)
    author.seen[str(position.partition)] = str(position)
    return str(tweet_id)


async def vote(who: Person, tweet_id: str, option: int, **headers: str) -> Reply:
    body = {"tweet_id": tweet_id, "option": option}
    return await who.call("POST", f"/2/users/{who.id}/votes", json=body, headers=headers)


def results(poll: Any) -> list[tuple[int, str, int]]:
    return [(option["position"], option["label"], option["votes"]) for option in poll["options"]]


async def test_votes_are_counted_and_shown(alice: Person, bob: Person) -> None:
    poll = {"options": ["Wren", "Robin"], "duration_minutes": 60}
    tweet_id = await alice.tweet("Which?", poll=poll)
    voted = await vote(bob, tweet_id, 2)
    assert voted.status == 200
    assert (voted.data["voted"], voted.data["option"]) == (True, 2)
    assert results(voted.data["poll"]) == [(1, "Wren", 0), (2, "Robin", 1)]
    shown = await bob.lookup(tweet_id, **SHOWN)
    assert shown.data["attachments"] == {"poll_ids": [tweet_id]}
    (found,) = shown.body["includes"]["polls"]
    assert (found["id"], found["duration_minutes"], found["voting_status"]) == (
        tweet_id,
        60,
        "open",
    )
    assert results(found) == [(1, "Wren", 0), (2, "Robin", 1)]
    assert_problem(await vote(bob, tweet_id, 1), 403, "already")


async def test_only_the_first_of_many_votes_counts(
    log: Log, alice: Person, register: Register
) -> None:
    tweet_id = await asked(log, alice, 60)
    people = [await register("voter") for _ in range(4)]
    for person in people:
        person.has_seen(alice)
        await person.lookup(tweet_id)
    for person in people:
        cast = await asyncio.gather(*(vote(person, tweet_id, option) for option in (1, 2, 1)))
        assert sorted(reply.status for reply in cast) == [200, 403, 403]
    for person in people:
        await person.lookup(tweet_id, **SHOWN)
    (poll,) = (await alice.lookup(tweet_id, **SHOWN)).body["includes"]["polls"]
    assert sum(option["votes"] for option in poll["options"]) == 4


async def test_a_retried_vote_is_the_same(log: Log, alice: Person) -> None:
    tweet_id = await asked(log, alice, 60)
    await alice.lookup(tweet_id)
    key = {"Idempotency-Key": f"vote {tweet_id}"}
    first = await vote(alice, tweet_id, 1, **key)
    await alice.lookup(tweet_id, **SHOWN)
    again = await vote(alice, tweet_id, 1, **key)
    assert (again.status, again.data, again.position) == (200, first.data, first.position)


async def test_a_vote_that_is_retried_after_the_deletion_stands(alice: Person, bob: Person) -> None:
    """A 4xx would say that nothing is on the log."""
    poll = {"options": ["Wren", "Robin"], "duration_minutes": 60}
    tweet_id = await alice.tweet("Which?", poll=poll)
    key = {"Idempotency-Key": f"vote {tweet_id}"}
    first = await vote(bob, tweet_id, 1, **key)
    await alice.delete(tweet_id)
    bob.has_seen(alice)
    assert_problem(await bob.lookup(tweet_id), 404)
    again = await vote(bob, tweet_id, 1, **key)
    assert (again.status, again.position) == (200, first.position)
    assert again.data == {"voted": True, "option": 1}


async def test_an_option_that_is_none_is_named(alice: Person) -> None:
    for option, why in ((" ", "poll.options"), ("\u202eabc", "U+202E"), ("a\nb", "U+000A")):
        poll = {"options": ["Wren", option], "duration_minutes": 60}
        refused = await alice.call("POST", "/2/tweets", json={"text": "Which?", "poll": poll})
        assert_problem(refused, 400, why)


async def test_votes_that_are_refused(log: Log, alice: Person, bob: Person) -> None:
    over = await asked(log, alice, 1, age_ms=61_000)
    poll = await asked(log, alice, 5)
    plain = await alice.tweet("No poll")
    bob.has_seen(alice)
    await bob.lookup(plain)
    assert_problem(await vote(bob, over, 1), 403, "ended")
    assert_problem(await vote(bob, poll, 3), 400, "2 options")
    assert_problem(await vote(bob, poll, 0), 400, "option")
    assert_problem(await vote(bob, plain, 1), 400, "no poll")
    assert_problem(await vote(bob, "7", 1), 404, "tweet 7")
    path = f"/2/users/{alice.id}/votes"
    body = {"tweet_id": poll, "option": 1}
    assert_problem(await bob.call("POST", path, json=body), 403, alice.id)
    (shown,) = (await bob.lookup(over, **SHOWN)).body["includes"]["polls"]
    assert shown["voting_status"] == "closed"
