"""A retry under the same Idempotency-Key never does a thing twice."""

import asyncio
import secrets
from typing import Any

import pytest

from events import log as log_module
from events.log import Log
from gateway.commands import Commands
from projections.stores import Stores
from schemas.servers import Servers
from streams.lag import caught_up
from streams.tail import Line, lines
from tests.gateway.problems import assert_problem
from tests.person import Person, Reply


@pytest.fixture
def key() -> dict[str, str]:
    return {"Idempotency-Key": secrets.token_hex()}


async def events(servers: Servers, topic: str, log_key: str) -> list[Line]:
    return [line async for line in lines(servers.kafka, topic, key=log_key, start=0, follow=False)]


async def test_the_same_request_again_is_the_same_answer(
    servers: Servers, alice: Person, key: dict[str, str]
) -> None:
    tweet = {"text": "Only once"}
    first = await alice.call("POST", "/2/tweets", json=tweet, headers=key)
    again = await alice.call("POST", "/2/tweets", json=tweet, headers=key)
    assert first.status == again.status == 201
    assert first.body == again.body
    assert first.position == again.position
    assert await alice.home_ids() == [first.data["id"]]
    assert len(await events(servers, "tweets", first.data["id"])) == 1


async def test_another_body_under_the_key_is_refused(alice: Person, key: dict[str, str]) -> None:
    first = await alice.call("POST", "/2/tweets", json={"text": "This"}, headers=key)
    other = await alice.call("POST", "/2/tweets", json={"text": "That"}, headers=key)
    assert_problem(other, 422, key["Idempotency-Key"])
    assert await alice.home_ids() == [first.data["id"]]


async def test_another_path_under_the_key_is_refused(
    alice: Person, bob: Person, key: dict[str, str]
) -> None:
    first = await alice.tweet("One")
    second = await alice.tweet("Two")
    path = "/2/tweets/"
    assert (await alice.call("DELETE", path + first, headers=key)).status == 200
    assert_problem(await alice.call("DELETE", path + second, headers=key), 422)
    assert await alice.home_ids() == [second]


async def test_the_key_of_one_user_is_nothing_to_another(
    alice: Person, bob: Person, key: dict[str, str]
) -> None:
    tweet = {"text": "Each of us"}
    first = await alice.call("POST", "/2/tweets", json=tweet, headers=key)
    other = await bob.call("POST", "/2/tweets", json=tweet, headers=key)
    assert other.status == 201
    assert other.data["id"] != first.data["id"]


async def test_twenty_retries_at_once_make_one_event(
    servers: Servers, alice: Person, key: dict[str, str]
) -> None:
    async def post() -> Any:
        return await alice.call("POST", "/2/tweets", json={"text": "Impatient"}, headers=key)

    replies = await asyncio.gather(*(post() for _ in range(20)))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.position for reply in replies}) == 1
    (tweet_id,) = {reply.data["id"] for reply in replies}
    assert len(await events(servers, "tweets", tweet_id)) == 1
    assert await alice.home_ids() == [tweet_id]


async def test_an_edit_is_done_once_and_answered_alike(
    servers: Servers, alice: Person, key: dict[str, str]
) -> None:
    tweet_id = await alice.tweet("v1")
    edit = {"text": "v2", "edit_options": {"previous_post_id": tweet_id}}
    first = await alice.call("POST", "/2/tweets", json=edit, headers=key)
    await alice.edit(tweet_id, "v3")
    await alice.lookup(tweet_id)
    again = await alice.call("POST", "/2/tweets", json=edit, headers=key)
    assert first.body == again.body
    assert len(await events(servers, "tweets", tweet_id)) == 3
    assert (await alice.lookup(tweet_id)).data["text"] == "v3"


async def test_a_delete_under_a_key_can_be_retried(
    servers: Servers, alice: Person, key: dict[str, str]
) -> None:
    tweet_id = await alice.tweet("Going")
    path = f"/2/tweets/{tweet_id}"
    first = await alice.call("DELETE", path, headers=key)
    await alice.lookup(tweet_id)
    again = await alice.call("DELETE", path, headers=key)
    assert (
        (first.status, first.body)
        == (again.status, again.body)
        == (
            200,
            {"data": {"deleted": True}},
        )
    )
    assert len(await events(servers, "tweets", tweet_id)) == 2


async def test_a_follow_under_a_key_can_be_retried(
    servers: Servers, alice: Person, bob: Person, key: dict[str, str]
) -> None:
    path = f"/2/users/{alice.id}/following"
    follow = {"target_user_id": bob.id}
    first = await alice.call("POST", path, json=follow, headers=key)
    again = await alice.call("POST", path, json=follow, headers=key)
    assert (first.status, first.body, first.position) == (200, again.body, again.position)
    assert len(await events(servers, "graph", alice.id)) == 1


async def test_a_retried_follow_does_not_undo_a_later_unfollow(
    alice: Person, bob: Person, key: dict[str, str]
) -> None:
    path = f"/2/users/{alice.id}/following"
    follow = {"target_user_id": bob.id}
    await alice.call("POST", path, json=follow, headers=key)
    await alice.unfollow(bob)
    await alice.call("POST", path, json=follow, headers=key)
    following = await alice.call("GET", path)
    assert following.body["meta"]["result_count"] == 0


async def test_a_refused_request_leaves_its_key_free(alice: Person, key: dict[str, str]) -> None:
    path = f"/2/users/{alice.id}/following"
    refused = await alice.call("POST", path, json={"target_user_id": "7"}, headers=key)
    assert_problem(refused, 404)
    taken = await alice.call("POST", "/2/tweets", json={"text": "Now then"}, headers=key)
    assert taken.status == 201


async def test_a_key_is_forgotten_after_a_day(
    alice: Person, stores: Stores, log: Log, key: dict[str, str]
) -> None:
    first = await alice.call("POST", "/2/tweets", json={"text": "Monday"}, headers=key)
    commands = Commands(stores.postgres, log)
    await commands.forget_old_keys()
    assert_problem(await alice.call("POST", "/2/tweets", json={"text": "b"}, headers=key), 422)
    await stores.postgres.execute(
        "UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = $1",
        key["Idempotency-Key"],
    )
    await commands.forget_old_keys()
    second = await alice.call("POST", "/2/tweets", json={"text": "Tuesday"}, headers=key)
    assert (second.status, second.data["text"]) == (201, "Tuesday")
    assert second.data["id"] != first.data["id"]


async def test_a_try_that_died_before_its_append_is_completed_by_the_next(
    servers: Servers, alice: Person, stores: Stores, key: dict[str, str]
) -> None:
    """As if the gateway had been killed between the append and the note of its position."""
    tweet = {"text": "Twice in the log, once in sight"}
    first = await alice.call("POST", "/2/tweets", json=tweet, headers=key)
    await stores.postgres.execute(
        "UPDATE idempotency_keys SET positions = NULL WHERE key = $1", key["Idempotency-Key"]
    )
    again = await alice.call("POST", "/2/tweets", json=tweet, headers=key)
    assert again.body == first.body
    assert again.position != first.position
    assert len(await events(servers, "tweets", first.data["id"])) == 2
    assert await alice.home_ids() == [first.data["id"]]
    assert [t["id"] for t in (await alice.user_tweets(alice)).data] == [first.data["id"]]


async def test_a_key_is_free_again_after_a_day_also_where_nobody_has_forgotten_it(
    alice: Person, stores: Stores, key: dict[str, str]
) -> None:
    first = await alice.call("POST", "/2/tweets", json={"text": "Monday"}, headers=key)
    await stores.postgres.execute(
        "UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key = $1",
        key["Idempotency-Key"],
    )
    second = await alice.call("POST", "/2/tweets", json={"text": "Tuesday"}, headers=key)
    assert (second.status, second.data["text"]) == (201, "Tuesday")
    assert second.data["id"] != first.data["id"]
    again = await alice.call("POST", "/2/tweets", json={"text": "Tuesday"}, headers=key)
    assert again.body == second.body


async def follow_in_vain(
    alice: Person, bob: Person, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decided, and not sent."""
    with monkeypatch.context() as overloaded:
        overloaded.setattr(log_module, "MAX_IN_FLIGHT", 0)
        assert_problem(await follow(alice, bob, key), 503)


async def follow(alice: Person, bob: Person, key: dict[str, str]) -> Reply:
    path = f"/2/users/{alice.id}/following"
    return await alice.call("POST", path, json={"target_user_id": bob.id}, headers=key)


async def test_a_follow_that_was_decided_before_the_account_was_protected_asks(
    alice: Person,
    bob: Person,
    key: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await follow_in_vain(alice, bob, key, monkeypatch)
    await bob.protect()
    asked = await follow(alice, bob, key)
    assert asked.data == {"following": False, "pending_follow": True}
    assert (await follow(alice, bob, key)).position == asked.position
    following = await alice.call("GET", f"/2/users/{alice.id}/following")
    assert following.body["meta"]["result_count"] == 0


async def test_a_follow_that_is_decided_anew_as_before_is_the_same_event(
    servers: Servers, alice: Person, bob: Person, stores: Stores, key: dict[str, str]
) -> None:
    first = await follow(alice, bob, key)
    await stores.postgres.execute(
        "UPDATE idempotency_keys SET positions = NULL WHERE key = $1", key["Idempotency-Key"]
    )
    again = await follow(alice, bob, key)
    assert (again.body, again.position != first.position) == (first.body, True)
    found = await events(servers, "graph", alice.id)
    assert len({line.event["event_id"] for line in found}) == 1
    assert len(found) == 2


async def test_a_follow_that_was_decided_before_a_block_is_refused(
    servers: Servers,
    alice: Person,
    bob: Person,
    key: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await follow_in_vain(alice, bob, key, monkeypatch)
    assert (await bob.block(alice)).status == 200
    assert_problem(await follow(alice, bob, key), 403, "blocked")
    await bob.unblock(alice)
    assert (await follow(alice, bob, key)).data["following"] is True
    found = await events(servers, "graph", alice.id)
    assert [line.event["type"] for line in found].count("UserFollowed") == 1


async def test_a_member_who_was_decided_on_before_a_block_is_refused(
    servers: Servers,
    stores: Stores,
    alice: Person,
    bob: Person,
    key: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = await alice.call("POST", "/2/lists", json={"name": "Birds"})
    path, command = f"/2/lists/{made.data['id']}/members", {"user_id": bob.id}
    with monkeypatch.context() as overloaded:
        overloaded.setattr(log_module, "MAX_IN_FLIGHT", 0)
        assert_problem(await alice.call("POST", path, json=command, headers=key), 503)
    assert (await bob.block(alice)).status == 200
    await caught_up(stores, servers.kafka, ["graph"], seconds=60)
    assert_problem(await alice.call("POST", path, json=command, headers=key), 403)
    found = await events(servers, "lists", made.data["id"])
    assert [line.event["type"] for line in found] == ["ListCreated"]


@pytest.mark.parametrize("value", ["", "x" * 256, "schlüssel"])
async def test_a_key_that_is_none_is_refused(alice: Person, value: str) -> None:
    reply = await alice.call(
        "POST", "/2/tweets", json={"text": "Hm"}, headers={"Idempotency-Key": value}
    )
    assert_problem(reply, 400, "Idempotency-Key")
