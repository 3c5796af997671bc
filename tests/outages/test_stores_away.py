"""A store goes away and comes back: what needs it is 503 meanwhile, and the rest goes on."""

import asyncio
import logging
import time
from functools import partial

import pytest
from msgspec.structs import replace

from deploy.stack import Stack
from gateway import keyring, tokens
from gateway.signing_keys import SigningKeys
from tests.gateway.problems import assert_problem
from tests.gateway.signing import ask, send, signed
from tests.outages.waiting import until_home_shows, until_page_shows, until_status
from tests.person import Person


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


async def test_without_redis_home_timelines_wait_and_all_else_goes_on(
    stack: Stack, alice: Person, bob: Person
) -> None:
    await bob.follow(alice)
    tweet_id = await alice.tweet("Before")
    bob.has_seen(alice)
    assert await bob.home_ids() == [tweet_id]
    path = f"/2/users/{bob.id}/likes"
    assert (await bob.call("POST", path, json={"tweet_id": tweet_id})).status == 200
    counted = {"tweet.fields": "public_metrics,viewer"}
    liked = (await bob.lookup(tweet_id, **counted)).data
    assert (liked["public_metrics"]["like_count"], liked["viewer"]["liked"]) == (1, True)
    alice.seen.clear()
    bob.seen.clear()
    await stack.supervisor.stop_part("redis")
    try:
        refused = await bob.home()
        assert_problem(refused, 503, "away")
        assert int(refused.headers["Retry-After"]) >= 1
        assert (await bob.lookup(tweet_id)).data["text"] == "Before"
        assert (await bob.lookup(tweet_id, **counted)).data == liked
        assert [t["id"] for t in (await bob.user_tweets(alice)).data] == [tweet_id]
        assert (await bob.call("GET", "/2/users/me")).status == 200
        meanwhile = await alice.tweet("Meanwhile")
        ready = await alice.call("GET", "/readyz")
        assert (ready.status, ready.body["redis"]) == (503, False)
    finally:
        await stack.supervisor.start_part("redis")
    await until_home_shows(bob, [meanwhile, tweet_id])


async def test_without_postgres_known_tokens_read_their_timelines(
    stack: Stack, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "REMEMBER_SECONDS", 600.0)
    tweet_id = await alice.tweet("Before")
    assert await alice.home_ids() == [tweet_id]
    alice.seen.clear()
    metrics = {"user.fields": "public_metrics"}
    await stack.supervisor.stop_part("postgres")
    try:
        assert await alice.home_ids() == [tweet_id]
        meanwhile = await alice.tweet("Meanwhile")
        me = partial(alice.call, "GET", "/2/users/me", params=metrics)
        assert_problem(await me(), 503, "away")
        header = {"Authorization": "Bearer never-seen"}
        assert_problem(await alice.call("GET", "/2/users/me", headers=header), 503, "away")
        keyed = {"Idempotency-Key": "a"}
        reply = await alice.call("POST", "/2/tweets", json={"text": "b"}, headers=keyed)
        assert_problem(reply, 503, "away")
    finally:
        await stack.supervisor.start_part("postgres")
    assert (await until_status(200, me)).data["id"] == alice.id
    await until_home_shows(alice, [meanwhile, tweet_id])


async def test_without_redis_what_is_signed_is_read_and_not_written(
    stack: Stack, alice: Person, keys: SigningKeys
) -> None:
    """Whether somebody repeats what was signed cannot be told: a read may be repeated."""
    tweet_id = await alice.tweet("Before")
    header = signed(keys, "POST", "/2/tweets")
    post = {"text": "Meanwhile"}
    await stack.supervisor.stop_part("redis")
    try:
        for _ in range(3):
            assert (await ask(alice, keys, "GET", f"/2/tweets/{tweet_id}")).status == 200
            refused = await send(alice, "POST", "/2/tweets", header, json=post)
            assert_problem(refused, 503, "signed write", "Redis is away")
            assert int(refused.headers["Retry-After"]) >= 1
        forged = replace(keys, consumer_secret="guessed")
        assert_problem(await ask(alice, forged, "GET", "/2/users/me"), 401, "oauth_signature")
        await alice.tweet("By token")
    finally:
        await stack.supervisor.start_part("redis")
    again = partial(send, alice, "POST", "/2/tweets", header, json=post)
    await until_status(201, again)
    assert_problem(await again(), 401, "oauth_nonce")


async def test_without_postgres_known_keys_sign_on(
    stack: Stack, alice: Person, keys: SigningKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So what is signed costs PostgreSQL nothing."""
    monkeypatch.setattr(keyring, "REMEMBER_SECONDS", 600.0)
    assert (await ask(alice, keys, "GET", alice.home_path)).status == 200
    await stack.supervisor.stop_part("postgres")
    try:
        assert (await ask(alice, keys, "GET", alice.home_path)).status == 200
        unknown = replace(keys, consumer_key="never_seen")
        assert_problem(await ask(alice, unknown, "GET", alice.home_path), 503, "away")
    finally:
        await stack.supervisor.start_part("postgres")
    await until_status(200, partial(alice.call, "GET", "/2/users/me"))


async def test_without_mongodb_what_is_cached_is_read_and_all_is_back_with_it(
    stack: Stack, alice: Person
) -> None:
    tweet_id = await alice.tweet("Before")
    assert await alice.home_ids() == [tweet_id]
    alice.seen.clear()
    history = partial(alice.call, "GET", f"/2/tweets/{tweet_id}/history")
    await stack.supervisor.stop_part("mongo")
    try:
        assert await alice.home_ids() == [tweet_id]
        assert (await history()).status == 200
        meanwhile = await alice.tweet("Meanwhile")
        assert_problem(await alice.lookup("7"), 503, "away")
    finally:
        await stack.supervisor.start_part("mongo")
    await until_home_shows(alice, [meanwhile, tweet_id])
    await until_page_shows(partial(alice.user_tweets, alice), [meanwhile, tweet_id])


async def test_without_elasticsearch_only_search_is_away(stack: Stack, alice: Person) -> None:
    word = f"heron{time.time_ns()}"
    before = await alice.tweet(f"{word} before")
    search = partial(alice.call, "GET", "/2/tweets/search/recent", params={"query": word})
    assert [tweet["id"] for tweet in (await until_status(200, search)).data] == [before]
    alice.seen.clear()
    await stack.supervisor.stop_part("elasticsearch")
    try:
        assert_problem(await search(), 503, "away")
        meanwhile = await alice.tweet(f"{word} meanwhile")
        assert (await alice.call("GET", "/2/users/me")).status == 200
        ready = await alice.call("GET", "/readyz")
        assert (ready.status, ready.body["elasticsearch"]) == (200, False)
        alice.seen.clear()
    finally:
        await stack.supervisor.start_part("elasticsearch")
    async with asyncio.timeout(60):
        while True:
            found = [tweet["id"] for tweet in (await search()).body.get("data", [])]
            if found == [meanwhile, before]:
                break
            await asyncio.sleep(0.1)
