"""Blocking and muting."""

import asyncio

import pytest

from projections import generations
from projections.postgres_view import schema_of
from projections.stores import Stores
from tests.gateway.problems import assert_problem
from tests.person import Person

NOT_AUTHORIZED = "https://api.x.com/2/problems/not-authorized-for-resource"


async def test_a_block_ends_both_follows(alice: Person, bob: Person) -> None:
    await alice.follow(bob)
    await bob.follow(alice)
    alice.has_seen(bob)
    blocked = await alice.block(bob)
    assert (blocked.status, blocked.data) == (200, {"blocking": True})
    assert len(blocked.position.split(",")) == 3
    bob.has_seen(alice)
    for person in (alice, bob):
        for side in ("following", "followers"):
            shown = await person.call("GET", f"/2/users/{person.id}/{side}")
            assert shown.body == {"meta": {"result_count": 0}}
    listed = await alice.call("GET", f"/2/users/{alice.id}/blocking")
    assert [user["id"] for user in listed.data] == [bob.id]


async def test_the_blocked_neither_follow_nor_see_nor_quote(alice: Person, bob: Person) -> None:
    tweet = await alice.tweet("Not for everybody")
    await alice.block(bob)
    bob.has_seen(alice)
    await seen_by_views(bob, alice)
    assert_problem(await bob.follow(alice), 403, alice.id)
    assert_problem(await bob.lookup(tweet), 403, "not authorized")
    assert_problem(await bob.call("GET", f"/2/tweets/{tweet}/history"), 403)
    quote = {"text": "Look", "quote_tweet_id": tweet}
    assert_problem(await bob.call("POST", "/2/tweets", json=quote), 403)
    several = await bob.call("GET", "/2/tweets", params={"ids": tweet})
    assert "data" not in several.body
    (error,) = several.body["errors"]
    assert (error["type"], error["resource_type"], error["value"]) == (
        NOT_AUTHORIZED,
        "tweet",
        tweet,
    )
    for what in ("tweets", "followers", "following"):
        withheld = await bob.call("GET", f"/2/users/{alice.id}/{what}")
        assert withheld.status == 200
        assert withheld.body["meta"] == {"result_count": 0}
        assert [error["type"] for error in withheld.body["errors"]] == [NOT_AUTHORIZED]


async def test_a_follow_waits_for_blocks_that_are_on_their_way(
    alice: Person, bob: Person, stores: Stores
) -> None:
    """Else it would be on the log behind the end of all follows, and stay."""
    schema = schema_of("graph", (await generations.current(stores.postgres))["graph"])
    async with stores.postgres.acquire() as connection, connection.transaction():
        await connection.execute(f"LOCK {schema}.checkpoints IN EXCLUSIVE MODE")
        assert (await alice.block(bob)).status == 200
        following = asyncio.create_task(bob.follow(alice))
        done, _ = await asyncio.wait({following}, timeout=1.0)
        assert not done
    assert_problem(await following, 403, alice.id)


async def seen_by_views(person: Person, other: Person) -> None:
    """Waits until the graph has what `person` must have seen: commands do not wait for it."""
    await person.call("GET", f"/2/users/{person.id}/following")
    assert (await person.call("GET", f"/2/users/{other.id}")).status == 200


async def test_who_blocks_sees_on_purpose_only(alice: Person, bob: Person, carla: Person) -> None:
    tweet = await bob.tweet("Original")
    quote = await carla.tweet("Quote", quote_tweet_id=tweet)
    await alice.block(bob)
    alice.has_seen(bob)
    alice.has_seen(carla)
    assert (await alice.lookup(tweet)).status == 200
    assert [t["id"] for t in (await alice.user_tweets(bob)).data] == [tweet]
    shown = await alice.lookup(quote, expansions="referenced_tweets.id.author_id,author_id")
    assert shown.data["id"] == quote
    assert [user["id"] for user in shown.body["includes"]["users"]] == [carla.id]
    assert "tweets" not in shown.body["includes"]
    assert_problem(await alice.follow(bob), 403, bob.id)


async def test_an_unblock_gives_the_sight_back_but_no_follow(alice: Person, bob: Person) -> None:
    tweet = await alice.tweet("Back")
    await bob.follow(alice)
    await alice.block(bob)
    unblocked = await alice.unblock(bob)
    assert (unblocked.status, unblocked.data) == (200, {"blocking": False})
    bob.has_seen(alice)
    assert (await bob.lookup(tweet)).status == 200
    following = await bob.call("GET", f"/2/users/{bob.id}/following")
    assert following.body == {"meta": {"result_count": 0}}
    assert (await bob.follow(alice)).data["following"] is True


async def test_the_muted_are_listed_and_still_seen(alice: Person, bob: Person) -> None:
    tweet = await bob.tweet("Loud")
    alice.has_seen(bob)
    assert (await alice.mute(bob)).data == {"muting": True}
    muted = await alice.call("GET", f"/2/users/{alice.id}/muting")
    assert [user["id"] for user in muted.data] == [bob.id]
    assert (await alice.lookup(tweet)).status == 200
    assert [t["id"] for t in (await alice.user_tweets(bob)).data] == [tweet]
    assert (await alice.unmute(bob)).data == {"muting": False}
    muted = await alice.call("GET", f"/2/users/{alice.id}/muting")
    assert muted.body == {"meta": {"result_count": 0}}


@pytest.mark.parametrize("what", ["blocking", "muting"])
async def test_only_oneself_and_only_others(what: str, alice: Person, bob: Person) -> None:
    mine, others = f"/2/users/{alice.id}/{what}", f"/2/users/{bob.id}/{what}"
    assert_problem(await alice.call("GET", others), 403, bob.id)
    assert_problem(await alice.call("POST", others, json={"target_user_id": "7"}), 403)
    assert_problem(await alice.call("DELETE", f"{others}/7"), 403)
    assert_problem(await alice.call("POST", mine, json={"target_user_id": alice.id}), 400)
    assert_problem(await alice.call("POST", mine, json={"target_user_id": "7"}), 404, "user 7")
    assert_problem(await alice.call("DELETE", f"{mine}/7"), 404, "user 7")


async def test_a_block_repeated_with_a_key_is_one_block(alice: Person, bob: Person) -> None:
    key = {"Idempotency-Key": f"block {bob.id}"}
    body = {"target_user_id": bob.id}
    replies = [
        await alice.call("POST", f"/2/users/{alice.id}/blocking", json=body, headers=key)
        for _ in range(2)
    ]
    assert replies[0].position == replies[1].position
    listed = await alice.pages(f"/2/users/{alice.id}/blocking", max_results="1")
    assert [[user["id"] for user in page] for page in listed] == [[bob.id]]


async def test_how_one_stands_to_another(alice: Person, bob: Person, carla: Person) -> None:
    await alice.follow(bob)
    await bob.follow(alice)
    await alice.mute(bob)
    await alice.block(carla)
    alice.has_seen(bob)
    params = {"ids": f"{bob.id},{carla.id},{alice.id}", "user.fields": "connection_status"}
    shown = await alice.call("GET", "/2/users", params=params)
    assert [user["connection_status"] for user in shown.data] == [
        ["followed_by", "following", "muting"],
        ["blocking"],
        [],
    ]
