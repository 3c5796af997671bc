"""Editing: the tweet keeps its id, and each version has one of its own."""

import asyncio
from types import SimpleNamespace

import pytest

from events.clock import now_ms
from events.log import Log
from events.snowflake import WORKERS, Snowflakes
from gateway import editing
from schemas.events import TweetPosted
from tests.gateway.happening import happens
from tests.gateway.problems import assert_problem
from tests.person import Person


async def test_an_edit_keeps_the_id_and_adds_a_version(alice: Person) -> None:
    tweet_id = await alice.tweet("A goldcrest?")
    edited = await alice.edit(tweet_id, "A firecrest!")
    assert edited.status == 201
    assert edited.data["id"] == tweet_id
    assert edited.data["text"] == "A firecrest!"
    first, second = edited.data["edit_history_tweet_ids"]
    assert first == tweet_id
    assert int(second) > int(first)
    assert edited.data["edit_history_post_ids"] == [first, second]
    shown = (await alice.lookup(tweet_id, **{"tweet.fields": "edit_controls"})).data
    assert shown["text"] == "A firecrest!"
    assert shown["edit_history_tweet_ids"] == [first, second]
    assert shown["edit_controls"]["edits_remaining"] == 4


async def test_every_version_has_its_time_in_the_history(alice: Person) -> None:
    tweet_id = await alice.tweet("v1")
    await alice.edit(tweet_id, "v2")
    await alice.edit(tweet_id, "v3")
    history = (await alice.call("GET", f"/2/tweets/{tweet_id}/history")).data
    assert [version["text"] for version in history] == ["v1", "v2", "v3"]
    assert history[0]["id"] == tweet_id
    times = [version["created_at"] for version in history]
    assert times == sorted(times)
    assert all(time.endswith("Z") and time[-5] == "." for time in times)


async def test_a_versions_id_stands_for_its_tweet(alice: Person) -> None:
    tweet_id = await alice.tweet("one")
    version = (await alice.edit(tweet_id, "two")).data["edit_history_tweet_ids"][-1]
    looked_up = await alice.lookup(version)
    assert (looked_up.data["id"], looked_up.data["text"]) == (tweet_id, "two")
    history = await alice.call("GET", f"/2/tweets/{version}/history")
    assert [shown["text"] for shown in history.data] == ["one", "two"]
    edited = await alice.edit(version, "three")
    assert (edited.status, edited.data["id"]) == (201, tweet_id)
    several = await alice.call("GET", "/2/tweets", params={"ids": version})
    assert [(tweet["id"], tweet["text"]) for tweet in several.data] == [(tweet_id, "three")]
    assert (await alice.delete(version)).status == 200
    assert_problem(await alice.lookup(tweet_id), 404)
    assert_problem(await alice.lookup(version), 404)


async def posted_ahead(log: Log, person: Person, seconds: float) -> str:
    """By a gateway whose clock is so far ahead."""
    at = now_ms() + int(seconds * 1_000)
    tweet_id = Snowflakes(WORKERS - 1, floor_ms=at, clock=lambda: at).next()
    await happens(log, person, TweetPosted, person, tweet_id=tweet_id, text="Ahead of its time")
    return str(tweet_id)


async def test_a_version_is_newer_than_the_one_before_it_whatever_clocks_say(
    alice: Person, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleep = asyncio.sleep

    async def wakes_early(seconds: float) -> None:
        await sleep(seconds * 0.9)

    monkeypatch.setattr(editing, "asyncio", SimpleNamespace(sleep=wakes_early))
    tweet_id = await posted_ahead(log, alice, 0.3)
    assert (await alice.lookup(tweet_id)).status == 200
    edited = await alice.edit(tweet_id, "In its time")
    assert edited.status == 201
    first, second = map(int, edited.data["edit_history_tweet_ids"])
    assert first < second


async def test_what_is_of_a_time_far_ahead_is_edited_later(alice: Person, log: Log) -> None:
    tweet_id = await posted_ahead(log, alice, 60)
    assert (await alice.lookup(tweet_id)).status == 200
    refused = await alice.edit(tweet_id, "Too early")
    assert_problem(refused, 503, "still to come")
    assert (await alice.lookup(tweet_id)).data["text"] == "Ahead of its time"


async def test_a_tweet_can_be_edited_the_moment_it_is_posted(alice: Person) -> None:
    for n in range(5):
        edited = await alice.edit(await alice.tweet(f"Draft {n}"), f"Fair copy {n}")
        assert edited.status == 201, edited.body


async def test_edits_in_a_row_each_know_the_ones_before(alice: Person) -> None:
    tweet_id = await alice.tweet("0")
    for n in range(1, 6):
        edited = await alice.edit(tweet_id, str(n))
        assert len(edited.data["edit_history_tweet_ids"]) == n + 1


async def test_the_sixth_edit_is_refused(alice: Person) -> None:
    tweet_id = await alice.tweet("0")
    for n in range(1, 6):
        await alice.edit(tweet_id, str(n))
    assert_problem(await alice.edit(tweet_id, "6"), 403, "5 times")
    controls = await alice.lookup(tweet_id, **{"tweet.fields": "edit_controls"})
    assert controls.data["edit_controls"]["edits_remaining"] == 0
    assert controls.data["edit_controls"]["is_edit_eligible"] is False
    assert controls.data["text"] == "5"


async def test_of_eight_edits_at_once_five_are_taken(alice: Person) -> None:
    tweet_id = await alice.tweet("0")
    replies = await asyncio.gather(*(alice.edit(tweet_id, str(n)) for n in range(8)))
    assert sorted(reply.status for reply in replies) == [201] * 5 + [403] * 3
    shown = (await alice.lookup(tweet_id)).data
    assert len(shown["edit_history_tweet_ids"]) == 6


async def test_after_an_hour_no_edit_is_taken(
    alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    tweet_id = await alice.tweet("Set in stone")
    await alice.lookup(tweet_id)
    monkeypatch.setattr(editing, "EDITABLE_MS", 0)
    assert_problem(await alice.edit(tweet_id, "Too late"), 403, "hour")


async def test_another_users_tweet_cannot_be_edited(alice: Person, bob: Person) -> None:
    tweet_id = await alice.tweet("Mine")
    assert_problem(await bob.edit(tweet_id, "Mine now"), 403, "another user's")


async def test_a_deleted_tweet_cannot_be_edited(alice: Person) -> None:
    tweet_id = await alice.tweet("Gone")
    await alice.delete(tweet_id)
    assert_problem(await alice.edit(tweet_id, "Back"), 404, tweet_id)


async def test_an_edit_cannot_change_what_is_quoted(alice: Person) -> None:
    tweet_id = await alice.tweet("Plain")
    other = await alice.tweet("Other")
    reply = await alice.call(
        "POST",
        "/2/tweets",
        json={
            "text": "Quoting now",
            "quote_tweet_id": other,
            "edit_options": {"previous_post_id": tweet_id},
        },
    )
    assert_problem(reply, 400, "quote_tweet_id")


async def test_an_edited_quote_still_quotes(alice: Person) -> None:
    quoted = await alice.tweet("Original")
    tweet_id = await alice.tweet("Comment", quote_tweet_id=quoted)
    await alice.edit(tweet_id, "Better comment")
    shown = (await alice.lookup(tweet_id, **{"tweet.fields": "referenced_tweets"})).data
    assert shown["text"] == "Better comment"
    assert shown["referenced_tweets"] == [{"type": "quoted", "id": quoted}]


async def test_an_edited_text_is_weighed_too(alice: Person) -> None:
    tweet_id = await alice.tweet("Short")
    assert_problem(await alice.edit(tweet_id, "a" * 281), 400, "text")
