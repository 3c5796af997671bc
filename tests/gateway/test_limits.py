"""Requests in excess are refused, and clients are told when to come back."""

import asyncio
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any, cast

import pytest
import tweepy
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer, make_mocked_request
from msgspec.structs import replace

from gateway.accounts import token_hash
from gateway.addresses import Addresses
from gateway.allowances import Allowances
from gateway.app import make_app
from gateway.limits import ADDRESS_REQUESTS, LIMITS, OFF, UNKNOWN_TOKENS, limit_of, times_from
from gateway.modules import ENDPOINTS
from gateway.oauth2.apps import Apps
from gateway.oauth2.grants import Grants
from gateway.signing_keys import SigningKeys
from projections.stores import Stores
from schemas.servers import Servers
from tests.gateway.letting_in import BACK, TOKEN, Program, post, press
from tests.gateway.problems import assert_problem
from tests.gateway.signing import ask, send
from tests.person import Person
from tests.x_clients import Redirected

WAIT_SECONDS = 4.0
"""So long a window is where somebody waits for its end."""

READING = "tweet.read users.read block.read offline.access"

Limited = Callable[..., Awaitable[Person]]


@pytest.fixture
async def limited(servers: Servers, stores: Stores, alice: Person) -> AsyncIterator[Limited]:
    """Alice at another gateway, on which all limits are multiplied; nothing came from here yet."""
    await stores.redis.delete("limits:from 127.0.0.1", "limits:tries 127.0.0.1")
    async with AsyncExitStack() as stack:

        async def start(times: float, *, addresses: Addresses | None = None) -> Person:
            server = TestServer(make_app(servers, limits_times=times, addresses=addresses))
            await server.start_server()
            stack.push_async_callback(server.close)
            session = await stack.enter_async_context(ClientSession())
            address = str(server.make_url("")).rstrip("/")
            return Person(session, address, alice.id, alice.username, alice.token)

        yield start


def test_the_table_names_only_what_exists() -> None:
    assert set(LIMITS) <= {endpoint.name for endpoint in ENDPOINTS}


def test_an_endpoint_outside_the_table_has_a_limit_too() -> None:
    assert 0 < limit_of("POST /2/elsewhere") < limit_of("GET /2/elsewhere")


def test_the_variable_is_a_factor_or_off() -> None:
    assert times_from({}) == 1
    assert times_from({"BIRDLOG_RATE_LIMITS": "off"}) == OFF
    assert times_from({"BIRDLOG_RATE_LIMITS": "2.5"}) == 2.5
    for wrong in ("0", "-1", "nan", "many"):
        with pytest.raises(ValueError, match=wrong):
            times_from({"BIRDLOG_RATE_LIMITS": wrong})


async def test_every_answer_says_what_is_left(limited: Limited) -> None:
    alice = await limited(1)
    before = time.time()
    replies = [
        await alice.call("GET", "/2/users/me"),
        await alice.call("GET", "/2/users/me", params={"nonsense": "1"}),
        await alice.call("GET", "/2/users/me"),
    ]
    assert [reply.status for reply in replies] == [200, 400, 200]
    assert [reply.headers["x-rate-limit-limit"] for reply in replies] == ["900"] * 3
    assert [reply.headers["x-rate-limit-remaining"] for reply in replies] == ["899", "898", "897"]
    assert len({reply.headers["x-rate-limit-reset"] for reply in replies}) == 1
    assert before + 890 < int(replies[0].headers["x-rate-limit-reset"]) <= time.time() + 901


async def test_what_is_too_much_is_refused_by_endpoint_and_user(
    limited: Limited, bob: Person
) -> None:
    alice = await limited(0.02)
    first, second, third = [await alice.call("DELETE", "/2/tweets/7") for _ in range(3)]
    assert first.status == 404
    assert second.headers["x-rate-limit-remaining"] == "0"
    assert_problem(third, 429, "DELETE /2/tweets/{}")
    assert third.headers["x-rate-limit-remaining"] == "0"
    wait = int(third.headers["Retry-After"])
    assert abs(int(third.headers["x-rate-limit-reset"]) - time.time() - wait) <= 2
    assert (await alice.call("GET", "/2/users/me")).status == 200
    other = {"Authorization": f"Bearer {bob.token}"}
    assert (await alice.call("DELETE", "/2/tweets/7", headers=other)).status == 404


async def test_two_gateways_share_a_limit(limited: Limited) -> None:
    alice, there = await limited(0.04), await limited(0.04)
    assert (await alice.call("DELETE", "/2/tweets/7")).status == 404
    assert (await there.call("DELETE", "/2/tweets/7")).status == 404
    assert (await alice.call("DELETE", "/2/tweets/7")).status == 429
    assert (await there.call("DELETE", "/2/tweets/7")).status == 429


async def test_unknown_tokens_are_counted_by_address_and_good_ones_go_on(
    limited: Limited,
) -> None:
    times = 0.05
    alice = await limited(times)
    assert (await alice.call("GET", "/2/users/me")).status == 200
    statuses = []
    for number in range(round(UNKNOWN_TOKENS * times) + 2):
        wrong = {"Authorization": f"Bearer guess{number}"}
        statuses.append((await alice.call("GET", "/2/users/me", headers=wrong)).status)
    assert statuses == [401] * round(UNKNOWN_TOKENS * times) + [429] * 2
    assert (await alice.call("GET", "/2/users/me")).status == 200


@pytest.mark.parametrize("wrong", ["consumer_key", "consumer_secret", "client_credentials"])
async def test_wrong_signatures_and_log_ins_count_as_unknown_tokens_do(
    limited: Limited, keys: SigningKeys, wrong: str
) -> None:
    times = 0.05
    alice = await limited(times)
    assert (await ask(alice, keys, "GET", "/2/users/me")).status == 200
    statuses = []
    for number in range(round(UNKNOWN_TOKENS * times) + 2):
        if wrong == "client_credentials":
            header = f"Basic {b64encode(f'guess{number}:guess'.encode()).decode()}"
            reply = await send(alice, "POST", "/oauth2/token", header, form=f"grant_type={wrong}")
        else:
            guessed = replace(keys, **{wrong: f"guess{number}"})
            reply = await ask(alice, guessed, "GET", "/2/users/me")
        statuses.append(reply.status)
    assert statuses == [401] * round(UNKNOWN_TOKENS * times) + [429] * 2
    assert_problem(reply, 429, "wrong signatures")
    asked_well = await ask(alice, keys, "GET", "/2/users/me")  # which only a check would tell
    assert_problem(asked_well, 429, "wrong signatures")
    unknown = {"Authorization": "Bearer guess"}
    assert (await alice.call("GET", "/2/users/me", headers=unknown)).status == 429


@pytest.mark.parametrize("wrong", ["token", "client", "secret", "code", "verifier"])
async def test_wrong_tries_of_programs_count_as_unknown_tokens_do(
    limited: Limited, stores: Stores, wrong: str
) -> None:
    times = 0.05
    alice = await limited(times)
    apps = Apps(stores.postgres)
    app, secret = await apps.register("Birds", [BACK], confidential=wrong == "secret")
    program = Program(alice.gateway, app, secret and "guessed")
    code = await program.code(alice)
    statuses = []
    for number in range(round(UNKNOWN_TOKENS * times) + 2):
        match wrong:
            case "token":
                statuses.append((await press(f"guess{number}", program.link())).status)
            case "client":
                form = {"client_id": f"guess{number}"}
                statuses.append((await post(alice.gateway + TOKEN, form)).status)
            case "verifier":
                guessed = await program.exchange(code, code_verifier=f"guess{number}")
                statuses.append(guessed.status)
            case _:
                statuses.append((await program.exchange(f"guess{number}")).status)
    refused = {"token": 403, "code": 400, "verifier": 400}.get(wrong, 401)
    assert statuses == [refused] * round(UNKNOWN_TOKENS * times) + [429] * 2
    unknown = {"Authorization": "Bearer guess"}
    assert (await alice.call("GET", "/2/users/me", headers=unknown)).status == 429
    assert (await press(alice.token, program.link())).status == 429


async def test_what_others_bring_a_program_is_not_held_against_its_address(
    limited: Limited, stores: Stores
) -> None:
    times = 0.05
    alice = await limited(times)
    made = await Apps(stores.postgres).register("Birds", [BACK], confidential=True)
    program = Program(alice.gateway, *made)
    tries = range(round(UNKNOWN_TOKENS * times) + 2)
    brought = [await program.exchange(f"guess{number}") for number in tries]
    assert [reply.status for reply in brought] == [400] * (len(tries) - 2) + [429] * 2
    assert_problem(brought[-1], 429, "this program")
    given = await program.log_in(alice)
    assert (await program.refresh(given["refresh_token"])).status == 200


async def test_a_program_with_the_right_secret_goes_on_where_others_guessed(
    limited: Limited, stores: Stores
) -> None:
    times = 0.05
    alice = await limited(times)
    apps = Apps(stores.postgres)
    made = [await apps.register("Birds", [BACK], confidential=secret) for secret in (True, False)]
    confidential, public = [Program(alice.gateway, *one) for one in made]
    given, shown = await confidential.log_in(alice), await public.log_in(alice)
    for number in range(round(UNKNOWN_TOKENS * times) + 1):
        await post(alice.gateway + TOKEN, {"client_id": f"guess{number}"})
    assert (await confidential.refresh(given["refresh_token"])).status == 200
    assert (await public.refresh(shown["refresh_token"])).status == 429
    confidential.secret = "guessed"
    assert (await confidential.refresh(given["refresh_token"])).status == 429


async def test_a_token_that_has_ended_is_no_guess(limited: Limited, stores: Stores) -> None:
    times = 0.05
    alice = await limited(times)
    app, _ = await Apps(stores.postgres).register("Birds", [BACK], confidential=False)
    program = Program(alice.gateway, app, None)
    given = await program.log_in(alice)
    await stores.postgres.execute(
        "UPDATE access_tokens SET expires_at = now() WHERE token_hash = $1",
        token_hash(given["access_token"]),
    )
    await Grants(stores.postgres).forget_expired()
    ended = {"Authorization": f"Bearer {given['access_token']}"}
    for _ in range(round(UNKNOWN_TOKENS * times) + 1):
        assert_problem(await alice.call("GET", "/2/users/me", headers=ended), 401, "expired")
    assert (await program.refresh(given["refresh_token"])).status == 200


async def test_a_user_gives_programs_so_many_tokens(limited: Limited, stores: Stores) -> None:
    alice = await limited(0.01)
    app, _ = await Apps(stores.postgres).register("Birds", [BACK], confidential=False)
    program = Program(alice.gateway, app, None)
    given = await program.log_in(alice)
    replies = [given]
    while (reply := await program.refresh(replies[-1]["refresh_token"])).status == 200:
        replies.append(reply.body)
    assert_problem(reply, 429, "POST /2/oauth2/token")
    assert len(replies) == 3


async def test_no_program_uses_up_what_is_the_users_or_anothers(
    limited: Limited, stores: Stores
) -> None:
    alice = await limited(0.02)
    apps = Apps(stores.postgres)
    made = [await apps.register(name, [BACK], confidential=False) for name in ("Birds", "Nest")]
    one, other = [Program(alice.gateway, *each) for each in made]
    of_one, of_other = await one.log_in(alice, READING), await other.log_in(alice, READING)
    tweet, blocked = {"text": "Mine"}, f"/2/users/{alice.id}/blocking"

    may_not = {"Authorization": f"Bearer {of_one['access_token']}"}
    for _ in range(3):
        assert (await alice.call("POST", "/2/tweets", json=tweet, headers=may_not)).status == 403
    assert (await alice.call("POST", "/2/tweets", json=tweet)).status == 201

    assert (await alice.call("GET", blocked, headers=may_not)).status == 200
    assert (await alice.call("GET", blocked, headers=may_not)).status == 429
    may = {"Authorization": f"Bearer {of_other['access_token']}"}
    assert (await alice.call("GET", blocked, headers=may)).status == 200
    assert (await alice.call("GET", blocked)).status == 200

    while (await one.refresh(of_one["refresh_token"])).status == 200:
        pass
    assert_problem(await one.refresh(of_one["refresh_token"]), 429, "POST /2/oauth2/token")
    assert (await other.refresh(of_other["refresh_token"])).status == 200


async def test_a_user_has_one_allowance_however_the_requests_are_made(
    limited: Limited, keys: SigningKeys
) -> None:
    alice = await limited(0.04)
    assert (await alice.call("DELETE", "/2/tweets/7")).status == 404
    signed = await ask(alice, keys, "DELETE", "/2/tweets/7")
    assert (signed.status, signed.headers["x-rate-limit-remaining"]) == (404, "0")
    assert (await ask(alice, keys, "DELETE", "/2/tweets/7")).status == 429


async def test_an_address_has_a_limit_of_its_own(limited: Limited) -> None:
    times = 10 / ADDRESS_REQUESTS
    alice = await limited(times)
    replies = [
        await alice.call("GET", "/2/users/me", headers={"Authorization": ""}) for _ in range(11)
    ]
    assert [reply.status for reply in replies] == [401] * 10 + [429]
    assert replies[0].headers["x-rate-limit-remaining"] == "9"
    assert_problem(replies[-1], 429, "address")


async def test_the_document_counts_for_its_readers_address(limited: Limited) -> None:
    alice = await limited(10 / ADDRESS_REQUESTS)
    statuses = [(await alice.fetch("/2/openapi.json")).status for _ in range(11)]
    assert statuses == [200] * 10 + [429]


async def test_whoever_spreads_the_requests_is_never_refused(limited: Limited) -> None:
    alice = await limited(10 / ADDRESS_REQUESTS)
    assert {(await alice.fetch("/readyz")).status for _ in range(20)} == {200}


async def test_behind_a_proxy_the_address_is_the_clients(limited: Limited) -> None:
    alice = await limited(2 / ADDRESS_REQUESTS, addresses=Addresses(["127.0.0.0/8"]))
    one, another = "198.51.100.1", "198.51.100.2"
    for client, expected in [(one, 401), (one, 401), (one, 429), (another, 401)]:
        headers = {"Authorization": "", "X-Forwarded-For": client}
        assert (await alice.call("GET", "/2/users/me", headers=headers)).status == expected


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "forged, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("2001:db8:1:2:3::4", "", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "", "203.0.113.9"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, ::ffff:10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1:5678", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2:5678", "198.51.100.1"),
        ("10.0.0.1", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("10.0.0.1", "[2001:db8:1:2:3::4]:5678", "2001:db8:1:2::/64"),
        ("10.0.0.1", "[2001:db8:1:2:3::4]", "2001:db8:1:2::/64"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, made-up-1", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.1"),
        ("/run/proxy.sock", "198.51.100.1", "/run/proxy.sock"),
    ],
)
def test_only_a_proxy_is_believed(peer: str, forwarded: str, expected: str) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=peer)
    assert Addresses(["10.0.0.0/8"]).of(request) == expected


async def test_tweepy_is_told_when_to_come_back(limited: Limited) -> None:
    alice = await limited(0.02)
    client = tweepy.Client(bearer_token=alice.token)
    client.session.mount("https://api.twitter.com", Redirected(alice.gateway))

    def too_often() -> tweepy.TooManyRequests:
        for _ in range(2):
            client.create_tweet(text="Again", user_auth=False)
        with pytest.raises(tweepy.TooManyRequests) as refused:
            client.create_tweet(text="Again", user_auth=False)
        return refused.value

    refused = await asyncio.to_thread(too_often)
    assert 0 < int(refused.response.headers["x-rate-limit-reset"]) - time.time() < 902
    client.session.close()


async def test_tweepy_waits_until_it_may_come_back(
    limited: Limited, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(cast("Any", Allowances.__init__).__kwdefaults__, "window", WAIT_SECONDS)
    alice = await limited(0.02)
    client = tweepy.Client(bearer_token=alice.token, wait_on_rate_limit=True)
    client.session.mount("https://api.twitter.com", Redirected(alice.gateway))

    def three() -> list[str]:
        created = [client.create_tweet(text=f"Again {n}", user_auth=False) for n in range(3)]
        return [answer.data["text"] for answer in created]

    assert await asyncio.to_thread(three) == ["Again 0", "Again 1", "Again 2"]
    assert "Rate limit exceeded" in caplog.text
    client.session.close()
