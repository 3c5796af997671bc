"""Signed requests: who is let in, and what is refused and why."""

import asyncio
import time
from collections.abc import Sequence
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from msgspec.structs import replace

from gateway import keyring
from gateway.accounts import Accounts
from gateway.admission import MANY
from gateway.app import make_app
from gateway.bodies import MAX_BODY_BYTES
from gateway.limits import OFF
from gateway.signing_keys import KeyStore, SigningKeys
from projections.redis import delete_matching, keys_matching
from projections.stores import Stores
from schemas.servers import Servers
from tests.gateway.problems import assert_problem
from tests.gateway.signing import ask, send, signed
from tests.gateway.streams import FILTER, Stream, add_rules
from tests.gateway.test_search import found, fresh_word
from tests.person import Person

ME = "/2/users/me"


@pytest.mark.parametrize("hashed", ["HMAC-SHA1", "HMAC-SHA256"])
async def test_whose_keys_sign_is_who_asks(alice: Person, keys: SigningKeys, hashed: str) -> None:
    assert keys.access_token.startswith(f"{alice.id}-")
    reply = await ask(alice, keys, "GET", ME, hashed=hashed)
    assert reply.data["id"] == alice.id


async def test_a_program_may_believe_to_call_x_or_the_gateway(
    alice: Person, keys: SigningKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = urlsplit(alice.gateway).netloc
    good = [f"https://{name}" for name in ("api.twitter.com", "api.x.com", "upload.x.com")]
    for base in (*good, "https://upload.twitter.com", f"http://{host}", f"https://{host}"):
        assert (await ask(alice, keys, "GET", ME, base=base)).status == 200, base
    birds = "https://birds.example/gateway"
    assert_problem(await ask(alice, keys, "GET", ME, base=birds), 401, "oauth_signature")
    monkeypatch.setenv("BIRDLOG_URL", birds)
    assert (await ask(alice, keys, "GET", ME, base=birds)).status == 200


async def test_signatures_are_over_what_was_sent(alice: Person, keys: SigningKeys) -> None:
    """Not over what it would be if it were decoded, or encoded in another way."""
    name = alice.username
    for spelled in (name, f"%{ord(name[0]):02X}{name[1:]}", f"%{ord(name[0]):02x}{name[1:]}"):
        by_name = f"/2/users/by/username/{spelled}"
        assert (await ask(alice, keys, "GET", by_name)).data["id"] == alice.id
    word = fresh_word()
    tweet_id = await alice.tweet(f"{word} #café — & + 100%")
    assert await found(alice, word) == [tweet_id]
    for query in (
        f"query={word}%20%23caf%C3%A9&max_results=10",
        f"max_results=10&query={word}+%23caf%c3%a9",
        f"query={word}%20-is%3Aretweet&tweet.fields=created_at,text&expansions=",
        f"query={word}%20-is:retweet&sort_order=recency&start_time=2026-01-01T00:00:00Z",
    ):
        reply = await ask(alice, keys, "GET", f"/2/tweets/search/all?{query}")
        assert [tweet["id"] for tweet in reply.data] == [tweet_id], query


async def test_a_signed_write_writes_as_its_user_does(alice: Person, keys: SigningKeys) -> None:
    """Whatever a bearer token of the user does, too: one user, one allowance, one memory."""
    more = {"Idempotency-Key": "k"}
    post = {"text": "Signed"}
    first = await ask(alice, keys, "POST", "/2/tweets", json=post, more=more)
    assert first.status == 201, first.body
    again = await ask(alice, keys, "POST", "/2/tweets", json=post, more=more)
    bearer = await alice.call("POST", "/2/tweets", json=post, headers=more)
    assert again.data["id"] == first.data["id"] == bearer.data["id"]
    other = await ask(alice, keys, "POST", "/2/tweets", json={"text": "x"}, more=more)
    assert other.status == 422
    assert (await alice.lookup(first.data["id"])).data["text"] == "Signed"


async def test_a_form_belongs_to_the_signature(alice: Person, keys: SigningKeys) -> None:
    path = "/1.1/media/upload.json"
    form = "command=INIT&media_type=image%2Fpng&total_bytes=100&media_category=tweet_image"
    begun = await ask(alice, keys, "POST", path, form=form)
    assert begun.status == 200, begun.body
    header = signed(keys, "POST", path, form=form)
    larger = form.replace("100", "999")
    assert_problem(await send(alice, "POST", path, header, form=larger), 401, "oauth_signature")
    assert_problem(await send(alice, "POST", path, header, json={}), 401, "oauth_signature")
    unsigned = signed(keys, "POST", path)
    assert_problem(await send(alice, "POST", path, unsigned, form=form), 401, "oauth_signature")
    assert_problem(await ask(alice, keys, "POST", path, form="media=%FF"), 401, "oauth_signature")
    large = f"media={'a' * MAX_BODY_BYTES}"
    assert_problem(await ask(alice, keys, "POST", path, form=large), 413)
    assert_problem(await ask(alice, keys, "POST", "/2/tweets", form="text=x"), 415, "JSON")


async def test_what_is_signed_for_one_request_is_good_for_no_other(
    alice: Person, keys: SigningKeys
) -> None:
    header = signed(keys, "GET", "/2/users?ids=7")
    for method, target in (
        ("GET", f"/2/users?ids={alice.id}"),
        ("GET", "/2/users?ids=7&expansions=pinned_tweet_id"),
        ("GET", "/2/tweets?ids=7"),
        ("GET", ME),
        ("POST", "/2/tweets"),
    ):
        assert_problem(await send(alice, method, target, header), 401, "oauth_signature")
    assert (await send(alice, "GET", "/2/users?ids=7", header)).status == 200


@pytest.mark.parametrize(("method", "target"), [("GET", ME), ("POST", "/2/tweets")])
async def test_a_request_is_taken_once(
    alice: Person, keys: SigningKeys, method: str, target: str
) -> None:
    header = signed(keys, method, target)
    post = None if method == "GET" else {"text": f"Once {time.time_ns()}"}
    replies = await asyncio.gather(
        *(send(alice, method, target, header, json=post) for _ in range(5))
    )
    assert sorted(reply.status for reply in replies)[1:] == [401] * 4
    assert_problem(await send(alice, method, target, header, json=post), 401, "oauth_nonce")
    if post is not None:
        alice._has_written(next(r.position for r in replies if r.status == 201))
        texts = [tweet["text"] for tweet in (await alice.user_tweets(alice)).data]
        assert texts == [post["text"]]


async def test_a_gateway_knows_what_it_took_when_redis_has_forgotten(
    alice: Person, keys: SigningKeys, stores: Stores
) -> None:
    header = signed(keys, "GET", ME)
    assert (await send(alice, "GET", ME, header)).status == 200
    assert await keys_matching(stores.redis, "nonces:*")
    await delete_matching(stores.redis, "nonces:*")
    assert_problem(await send(alice, "GET", ME, header), 401, "oauth_nonce")


async def test_gateways_know_of_each_other_what_was_taken(
    alice: Person, keys: SigningKeys, servers: Servers
) -> None:
    server = TestServer(make_app(servers, limits_times=OFF, few_at_once=MANY))
    async with server, ClientSession() as session:
        address = str(server.make_url("")).rstrip("/")
        there = Person(session, address, alice.id, alice.username, alice.token)
        header = signed(keys, "GET", ME)
        assert (await send(alice, "GET", ME, header)).status == 200
        assert_problem(await send(there, "GET", ME, header), 401, "oauth_nonce")


async def test_a_nonce_may_come_back_with_another_time_or_other_keys(
    alice: Person, bob: Person, keys: SigningKeys, stores: Stores
) -> None:
    now = int(time.time())
    others = await KeyStore(stores.postgres).issue(int(bob.id))
    for whose, at in ((keys, now), (keys, now - 1), (others, now)):
        assert (await ask(alice, whose, "GET", ME, nonce="same", timestamp=at)).status == 200
    reply = await ask(alice, keys, "GET", "/2/tweets?ids=7", nonce="same", timestamp=now)
    assert_problem(reply, 401, "oauth_nonce")


async def test_what_was_signed_long_ago_or_will_be_is_refused(
    alice: Person, keys: SigningKeys
) -> None:
    now = int(time.time())
    for off, status in ((-280, 200), (280, 200), (-320, 401), (320, 401)):
        reply = await ask(alice, keys, "GET", ME, timestamp=now + off)
        assert reply.status == status, off
    assert_problem(reply, 401, "oauth_timestamp", str(now + 320))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"consumer_key": "nobody's"}, "oauth_consumer_key"),
        ({"consumer_key": "\x00"}, "oauth_consumer_key"),
        ({"consumer_key": "é" * 200}, "oauth_consumer_key"),
        ({"access_token": "7-nobody's"}, "oauth_token"),
        ({"consumer_secret": "guessed"}, "oauth_signature"),
        ({"access_token_secret": "guessed"}, "oauth_signature"),
    ],
)
async def test_wrong_keys_are_refused_and_no_secret_is_told(
    alice: Person, keys: SigningKeys, wrong: dict[str, str], said: str
) -> None:
    reply = await ask(alice, replace(keys, **wrong), "GET", ME)
    assert_problem(reply, 401, said)
    told = str(reply.body) + str(reply.headers)
    assert keys.consumer_secret not in told
    assert keys.access_token_secret not in told


@pytest.mark.parametrize("header", ["OAuth", "OAuth ", 'OAuth oauth_token="1"', "OAuth \xff=\xff"])
async def test_what_is_no_signature_is_401(alice: Person, header: str) -> None:
    assert_problem(await send(alice, "GET", ME, header), 401)


async def test_keys_of_two_sets_do_not_mix(
    alice: Person, keys: SigningKeys, stores: Stores
) -> None:
    others = await KeyStore(stores.postgres).issue(int(alice.id))
    assert (await ask(alice, others, "GET", ME)).data["id"] == alice.id
    mixed = replace(others, consumer_key=keys.consumer_key, consumer_secret=keys.consumer_secret)
    assert_problem(await ask(alice, mixed, "GET", ME), 401, "oauth_token")


async def test_revoked_keys_are_refused_once_they_are_forgotten(
    alice: Person, keys: SigningKeys, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await ask(alice, keys, "GET", ME)).status == 200
    assert await Accounts(stores.postgres).revoke(int(alice.id)) == (1, 1, 0)
    assert (await ask(alice, keys, "GET", ME)).status == 200  # as they are remembered
    monkeypatch.setattr(keyring, "REMEMBER_SECONDS", 0.0)
    later = time.monotonic() + 10.0
    monkeypatch.setattr("gateway.remembered.time", SimpleNamespace(monotonic=lambda: later))
    assert_problem(await ask(alice, keys, "GET", ME), 401, "oauth_consumer_key")


async def test_a_signed_stream_goes_on_and_ends_with_its_keys(
    alice: Person,
    bob: Person,
    keys: SigningKeys,
    stores: Stores,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stream asks over and over whether its keys are good; its nonce was used long before."""
    monkeypatch.setattr(keyring, "REMEMBER_SECONDS", 0.0)
    word = fresh_word()
    await add_rules(alice, word)
    headers = {"Authorization": signed(keys, "GET", FILTER)}
    async with (
        ClientSession(headers=headers) as session,
        session.get(alice.gateway + FILTER) as response,
    ):
        stream = Stream(response)
        for number in range(2):
            await bob.tweet(f"{word} {number}")
            assert (await stream.next())["data"]["text"] == f"{word} {number}"
        await Accounts(stores.postgres).revoke(int(alice.id))
        await bob.tweet(f"{word} again")
        (error,) = (await stream.next())["errors"]
        assert "token" in error["detail"]
        assert await stream.ends()


async def test_secrets_can_be_read_in_one_table_only(
    alice: Person, keys: SigningKeys, stores: Stores
) -> None:
    assert (await ask(alice, keys, "GET", ME)).status == 200
    assert await tables_with(stores, keys.consumer_secret) == ["signing_keys"]
    assert await tables_with(stores, keys.access_token_secret) == ["signing_keys"]


async def tables_with(stores: Stores, text: str) -> Sequence[str]:
    tables = await stores.postgres.fetch(
        "SELECT tablename, format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    return [
        table["tablename"]
        for table in tables
        if await stores.postgres.fetchval(
            f"SELECT EXISTS (SELECT FROM {table['name']} AS t WHERE strpos(t::text, $1) > 0)", text
        )
    ]
