"""Programs that users let in: what they get, what they may, and what nobody gets by a trick."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

import pytest
from aiohttp import ClientSession

from gateway import tokens
from gateway.accounts import Accounts, token_hash
from gateway.oauth2 import issuing
from gateway.oauth2.apps import Apps
from gateway.oauth2.asked import Asked, Sender
from gateway.oauth2.authorizing import ALIASES
from gateway.oauth2.challenges import stored
from gateway.oauth2.grants import Grants
from projections.stores import Stores
from tests.gateway.letting_in import (
    BACK,
    PATH,
    REVOKE,
    SCOPE,
    TOKEN,
    Program,
    answer_in,
    look,
    post,
    press,
)
from tests.gateway.problems import assert_problem
from tests.person import Fetched, Person, Reply

EVIL = '<b>"Birds" & co</b>'

Registered = Callable[..., Awaitable[Program]]


@pytest.fixture
def registered(gateway: str, stores: Stores) -> Registered:
    async def register(*uris: str, confidential: bool = False) -> Program:
        apps = Apps(stores.postgres)
        made = await apps.register(EVIL, uris or [BACK], confidential=confidential)
        return Program(gateway, *made)

    return register


@pytest.fixture
async def public(registered: Registered) -> Program:
    return await registered()


@pytest.fixture
async def confidential(registered: Registered) -> Program:
    return await registered(confidential=True)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is revoked is good no more at once."""
    monkeypatch.setattr(tokens, "REMEMBER_SECONDS", 0.0)


async def me(person: Person, token: str) -> Reply:
    headers = {"Authorization": f"Bearer {token}"}
    return await person.call("GET", "/2/users/me", headers=headers)


def assert_refused(reply: Reply, error: str, status: int = 400) -> None:
    assert reply.status == status, reply.body
    assert reply.body["error"] == error
    assert reply.body["error_description"]
    assert reply.headers["Content-Type"].startswith("application/json")
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("secret", [False, True])
async def test_a_program_that_is_let_in(
    registered: Registered, alice: Person, stores: Stores, secret: bool
) -> None:
    program = await registered(confidential=secret)
    answer = answer_in(await press(alice.token, program.link()))
    assert answer.keys() == {"from", "code", "state"}
    assert answer["state"] == "s/1&ü"
    reply = await program.exchange(answer["code"])
    assert reply.status == 200, reply.body
    assert reply.body.keys() == {
        *("token_type", "expires_in", "access_token", "refresh_token", "scope")
    }
    assert (reply.body["token_type"], reply.body["expires_in"]) == ("bearer", 7_200)
    assert set(reply.body["scope"].split()) == set(SCOPE.split())
    assert reply.headers["Cache-Control"] == "no-store"
    assert (await me(alice, reply.body["access_token"])).data["id"] == alice.id

    again = await program.refresh(reply.body["refresh_token"])
    assert again.body.keys() == reply.body.keys()
    assert again.body["refresh_token"] != reply.body["refresh_token"]
    assert (await me(alice, again.body["access_token"])).data["id"] == alice.id

    (grant,) = await Grants(stores.postgres).of_user(int(alice.id))
    assert (grant.client_id, grant.name, grant.scope) == (program.app.client_id, EVIL, SCOPE)


async def test_nothing_secret_is_kept(confidential: Program, alice: Person, stores: Stores) -> None:
    code = await confidential.code(alice, code_challenge="challenge", code_challenge_method="plain")
    confidential.verifier = "challenge"
    given = (await confidential.exchange(code)).body
    secret = [confidential.secret, code, given["access_token"], given["refresh_token"], "challenge"]
    for table in ("apps", "grants", "access_tokens", "refresh_tokens"):
        rows = await stores.postgres.fetch(f"SELECT t::text AS row FROM {table} t")
        kept = "\n".join(row["row"] for row in rows)
        assert kept
        assert not [each for each in secret if each and each in kept]
        for each in secret:
            assert each
            assert each.encode().hex() not in kept


async def test_a_birdlog_from_before_programs_knows_no_token_of_theirs(
    public: Program, alice: Person, stores: Stores
) -> None:
    """It would take it for the user's own, for everything and for ever."""
    given = await public.log_in(alice)
    asked_then = "SELECT user_id FROM tokens WHERE token_hash = $1"
    for token in (given["access_token"], given["refresh_token"]):
        assert await stores.postgres.fetchval(asked_then, token_hash(token)) is None
    assert await stores.postgres.fetchval(asked_then, token_hash(alice.token)) == int(alice.id)


async def test_without_offline_access_there_is_no_refresh_token(
    public: Program, alice: Person
) -> None:
    given = await public.log_in(alice, "tweet.read users.read")
    assert "refresh_token" not in given
    assert given["scope"] == "tweet.read users.read"


async def test_the_page_says_who_asks_and_for_what(public: Program) -> None:
    page = await look(public.link(scope="tweet.read like.write"))
    text = page.body.decode()
    assert page.status == 200
    assert EVIL not in text
    assert "&lt;b&gt;&quot;Birds&quot; &amp; co&lt;/b&gt;" in text
    assert "birds.example" in text
    assert ("(tweet.read)" in text, "(like.write)" in text, "(users.read)" in text) == (
        *(True, True, False),
    )
    assert "<script" not in text
    assert "only in your own browser" in text
    assert_closed(page)


def assert_closed(page: Fetched) -> None:
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "form-action" not in policy  # Chrome would not follow where a program leads on
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["X-Frame-Options"] == "DENY"


async def test_the_page_is_where_programs_look_for_it(public: Program, alice: Person) -> None:
    for path in ALIASES.values():
        assert (await look(public.link(path))).status == 200
        code = answer_in(await press(alice.token, public.link(path)))["code"]
        assert (await public.exchange(code)).status == 200


async def test_on_the_way_back_nothing_is_kept_or_passed_on(public: Program, alice: Person) -> None:
    for back in (
        await press(alice.token, public.link()),
        await press(alice.token, public.link(), "deny"),
        await press(alice.token, public.link(scope="all")),
        await look(public.link(scope="all")),
    ):
        assert back.status == 303
        assert back.headers["Cache-Control"] == "no-store"
        assert back.headers["Referrer-Policy"] == "no-referrer"


async def test_who_does_not_let_it_in_needs_no_token(public: Program) -> None:
    answer = answer_in(await press("", public.link(), "deny"))
    assert (answer["error"], answer["state"]) == ("access_denied", "s/1&ü")
    assert "code" not in answer


async def test_only_a_users_own_token_lets_in(
    public: Program, alice: Person, stores: Stores
) -> None:
    """Else a program could let itself in for more."""
    program_has = (await public.log_in(alice))["access_token"]
    for wrong in ("", "guessed", program_has, "\x00", "ü", f"{alice.token}x"):
        page = await press(wrong, public.link(scope="tweet.write"))
        assert page.status == 403
        assert b"not known here" in page.body
        assert_closed(page)
    assert len(await Grants(stores.postgres).of_user(int(alice.id))) == 1
    link = f"{public.link()}&token={alice.token}"
    assert (await press("", link)).status == 403
    assert alice.token.encode() not in (await look(link)).body


@pytest.mark.parametrize(
    "more",
    [
        {"client_id": None},
        {"client_id": "nobody"},
        {"client_id": "\x00"},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": f"{BACK}&more"},
        {"redirect_uri": "https://birds.example/back"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "//evil.example"},
    ],
)
async def test_nobody_is_sent_where_no_program_is(
    public: Program, alice: Person, more: dict[str, str | None]
) -> None:
    for page in (
        await look(public.link(**more)),
        await press(alice.token, public.link(**more)),
        await press("", public.link(**more), "deny"),
    ):
        assert page.status == 400
        assert "Location" not in page.headers
        assert b"evil" not in page.body
        assert_closed(page)


async def test_two_redirect_uris_are_none(public: Program) -> None:
    for more in ("redirect_uri=https://evil.example/", "client_id=x", "client_id="):
        page = await look(f"{public.link()}&{more}")
        assert (page.status, "Location" in page.headers) == (400, False)
    assert answer_in(await look(f"{public.link()}&scope=x"))["error"] == "invalid_request"
    assert "state" not in answer_in(await look(f"{public.link()}&state=x"))
    assert (await look(f"{public.link()}&more=1&scope_=%FF")).status == 400


async def test_what_else_is_wrong_is_told_to_the_program(public: Program) -> None:
    answer = answer_in(await look(public.link(code_challenge=None)))
    assert (answer["error"], answer["state"]) == ("invalid_request", "s/1&ü")
    assert answer_in(await look(public.link(scope="all")))["error"] == "invalid_scope"
    assert (await look(f"{public.link()}&nonsense=1")).status == 200


async def test_a_code_is_good_once_and_a_second_use_ends_what_it_gave(
    public: Program, alice: Person, at_once: None
) -> None:
    code = await public.code(alice)
    given = (await public.exchange(code)).body
    assert (await me(alice, given["access_token"])).status == 200
    assert_refused(await public.exchange(code), "invalid_grant")
    assert_problem(await me(alice, given["access_token"]), 401)
    assert_refused(await public.refresh(given["refresh_token"]), "invalid_grant")
    assert_refused(await public.exchange(code), "invalid_grant")


@pytest.mark.parametrize("what", ["code", "refresh token"])
async def test_of_many_who_come_at_once_one_is_served(
    public: Program, alice: Person, stores: Stores, at_once: None,
    monkeypatch: pytest.MonkeyPatch, what: str,
) -> None:  # fmt: skip
    """And what that one is given is good no more."""
    monkeypatch.setattr(issuing, "RETRY_SECONDS", 0.0)
    code = await public.code(alice)
    come: Callable[[], Coroutine[Any, Any, Reply]] = partial(public.exchange, code)
    if what == "refresh token":
        come = partial(public.refresh, (await come()).body["refresh_token"])
    async with stores.postgres.acquire() as connection, connection.transaction():
        held = "SELECT FROM grants WHERE grant_id = $1 FOR UPDATE"
        await connection.execute(held, token_hash(code))
        coming = [asyncio.create_task(come()) for _ in range(5)]
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        async with asyncio.timeout(20):
            while await stores.postgres.fetchval(waiting) < len(coming):
                await asyncio.sleep(0.01)
    replies = await asyncio.gather(*coming)
    assert sorted(reply.status for reply in replies) == [200, 400, 400, 400, 400]
    (given,) = (reply.body for reply in replies if reply.status == 200)
    assert_problem(await me(alice, given["access_token"]), 401)


async def test_a_code_is_for_who_asked_for_it(
    registered: Registered, confidential: Program, public: Program, alice: Person
) -> None:
    code = await public.code(alice)
    other = await registered()
    other.verifier = confidential.verifier = public.verifier
    for thief in (other, confidential):
        assert_refused(await thief.exchange(code), "invalid_grant")
    for wrong in ("x" * 43, "", public.verifier[:-1], public.verifier.upper()):
        reply = await public.exchange(code, code_verifier=wrong)
        assert_refused(reply, "invalid_grant" if wrong else "invalid_request")
    for wrong in ("https://birds.example/back", f"{BACK}&", "https://evil.example/"):
        assert_refused(await public.exchange(code, redirect_uri=wrong), "invalid_grant")
    assert_refused(await public.exchange(f"{code}x"), "invalid_grant")
    assert (await public.exchange(code)).status == 200


async def test_the_port_of_a_loopback_address_is_the_one_it_was_asked_with(
    registered: Registered, alice: Person
) -> None:
    program = await registered("http://127.0.0.1/back")
    here = "http://127.0.0.1:49152/back"
    code = answer_in(await press(alice.token, program.link(redirect_uri=here)), here)["code"]
    other = await program.exchange(code, redirect_uri="http://127.0.0.1:49153/back")
    assert_refused(other, "invalid_grant")
    assert (await program.exchange(code, redirect_uri=here)).status == 200


async def test_codes_and_tokens_expire(
    public: Program, alice: Person, stores: Stores, at_once: None
) -> None:
    code, kept = await public.code(alice), await public.code(alice)
    of_code = "UPDATE grants SET created_at = now() - interval '601 s' WHERE grant_id = $1"
    await stores.postgres.execute(of_code, token_hash(code))
    assert_refused(await public.exchange(code), "invalid_grant")

    given = (await public.exchange(kept)).body
    left = "SELECT expires_at - now() < interval '7201 s' FROM access_tokens WHERE token_hash = $1"
    assert await stores.postgres.fetchval(left, token_hash(given["access_token"]))
    for table, name in (("access_tokens", "access_token"), ("refresh_tokens", "refresh_token")):
        await stores.postgres.execute(
            f"UPDATE {table} SET expires_at = now() WHERE token_hash = $1", token_hash(given[name])
        )
    assert_problem(await me(alice, given["access_token"]), 401, "expired")
    assert_refused(await public.refresh(given["refresh_token"]), "invalid_grant")

    other = await public.log_in(alice)
    grants = Grants(stores.postgres)
    await grants.forget_expired()
    of_alice = "SELECT count(*) FROM grants WHERE user_id = $1"
    assert await stores.postgres.fetchval(of_alice, int(alice.id)) == 2  # one is ten minutes young
    await stores.postgres.execute("UPDATE grants SET created_at = now() - interval '1 hour'")
    await grants.forget_expired()
    assert await stores.postgres.fetchval(of_alice, int(alice.id)) == 2  # one has ended just now
    await stores.postgres.execute(
        "UPDATE access_tokens SET expires_at = now() - interval '25 hours' WHERE token_hash = $1",
        token_hash(given["access_token"]),
    )
    await grants.forget_expired()
    assert len(await grants.of_user(int(alice.id))) == 1
    assert (await me(alice, other["access_token"])).status == 200
    assert (await public.refresh(other["refresh_token"])).status == 200


async def test_an_old_refresh_token_ends_all_that_came_of_it(
    confidential: Program, alice: Person, at_once: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuing, "RETRY_SECONDS", 0.0)
    other = await confidential.log_in(alice)
    first = await confidential.log_in(alice)
    second = (await confidential.refresh(first["refresh_token"])).body
    third = (await confidential.refresh(second["refresh_token"])).body
    assert (await me(alice, third["access_token"])).status == 200
    assert_refused(await confidential.refresh(first["refresh_token"]), "invalid_grant")
    for given in (first, second, third):
        assert_problem(await me(alice, given["access_token"]), 401)
        assert_refused(await confidential.refresh(given["refresh_token"]), "invalid_grant")
    assert (await me(alice, other["access_token"])).status == 200


async def test_a_refresh_that_is_sent_again_at_once_is_a_retry(
    public: Program, alice: Person
) -> None:
    token = (await public.log_in(alice))["refresh_token"]
    replies = await asyncio.gather(*(public.refresh(token) for _ in range(3)))
    for reply in replies:
        assert (await me(alice, reply.body["access_token"])).status == 200
        assert (await public.refresh(reply.body["refresh_token"])).status == 200


@pytest.mark.parametrize("what", ["code", "refresh token"])
async def test_what_is_used_again_leaves_a_trace(
    public: Program, alice: Person, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, what: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(issuing, "RETRY_SECONDS", 0.0)
    code = await public.code(alice)
    token = (await public.exchange(code)).body["refresh_token"]
    assert (await public.refresh(token)).status == 200
    assert "used again" not in caplog.text
    again = public.exchange(code) if what == "code" else public.refresh(token)
    assert_refused(await again, "invalid_grant")
    assert f"a {what} of program {public.app.client_id} for user {alice.id}" in caplog.text
    assert code not in caplog.text
    assert token not in caplog.text


async def test_of_a_grant_so_many_refresh_tokens_are_kept(
    public: Program, alice: Person, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuing, "MOST_OF_A_GRANT", 2)
    given = [await public.log_in(alice)]
    for _ in range(4):
        given.append((await public.refresh(given[-1]["refresh_token"])).body)
    assert len(await used_of(stores, alice)) == 5
    monkeypatch.setattr(issuing, "KEPT_SECONDS", 0.0)
    given.append((await public.refresh(given[-1]["refresh_token"])).body)
    for _ in range(5):
        given.append((await public.refresh(given[5]["refresh_token"])).body)
    assert sorted(await used_of(stores, alice)) == [False] * 3 + [True] * 2
    assert_refused(await public.refresh(given[0]["refresh_token"]), "invalid_grant")
    assert (await public.refresh(given[-1]["refresh_token"])).status == 200
    monkeypatch.setattr(issuing, "RETRY_SECONDS", 0.0)
    assert_refused(await public.refresh(given[5]["refresh_token"]), "invalid_grant")
    assert_refused(await public.refresh(given[-1]["refresh_token"]), "invalid_grant")


async def used_of(stores: Stores, person: Person) -> list[bool]:
    """Of each refresh token that is kept, whether it was used."""
    rows = await stores.postgres.fetch(
        "SELECT used_at IS NOT NULL FROM refresh_tokens JOIN grants USING (grant_id)"
        " WHERE user_id = $1",
        int(person.id),
    )
    return [row[0] for row in rows]


async def test_a_program_that_is_revoked_meanwhile_gets_no_code(
    public: Program, alice: Person, stores: Stores
) -> None:
    asked = Asked(Sender(public.app, BACK, None), "tweet.read", stored("x", "plain"))
    await Apps(stores.postgres).revoke(public.app.client_id)
    assert await Grants(stores.postgres).begin(asked, token_hash(alice.token)) is None


async def test_a_refresh_token_is_for_whom_it_was_given_to(
    registered: Registered, public: Program, alice: Person
) -> None:
    token = (await public.log_in(alice))["refresh_token"]
    other = await registered()
    assert_refused(await other.refresh(token), "invalid_grant")
    assert_refused(await public.refresh(token, scope=f"{SCOPE} tweet.write"), "invalid_scope")
    less = (await public.refresh(token, scope="tweet.read " * 1_000)).body
    assert less["scope"] == "tweet.read"
    assert_problem(await me(alice, less["access_token"]), 403, "users.read")
    whole = (await public.refresh(less["refresh_token"])).body
    assert set(whole["scope"].split()) == set(SCOPE.split())
    assert (await me(alice, whole["access_token"])).status == 200


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
async def test_a_program_can_give_back_what_it_has(
    registered: Registered, public: Program, alice: Person, at_once: None, which: str
) -> None:
    given = await public.log_in(alice)
    other = await registered()
    for told in (
        await other.ask(REVOKE, token=given[which]),
        await public.ask(REVOKE, token="unknown", token_type_hint="nonsense"),
        await public.ask(REVOKE, token=alice.token),
    ):
        assert (told.status, told.body) == (200, {"revoked": True})
    assert (await me(alice, given["access_token"])).status == 200
    assert (await public.ask(REVOKE, token=given[which], token_type_hint=which)).status == 200
    assert_problem(await me(alice, given["access_token"]), 401)
    assert_refused(await public.refresh(given["refresh_token"]), "invalid_grant")
    assert_refused(await public.ask(REVOKE), "invalid_request")


async def test_only_who_has_the_secret_is_the_program(
    confidential: Program, public: Program, alice: Person
) -> None:
    code, right = await confidential.code(alice), confidential.secret
    for wrong in (None, "guessed", ""):
        confidential.secret = wrong
        reply = await confidential.exchange(code)
        assert_refused(reply, "invalid_client", 401)
        assert reply.headers["WWW-Authenticate"] == "Basic"
    confidential.secret = right
    assert right
    both = {"client_id": confidential.app.client_id, "client_secret": right}
    assert_refused(await confidential.exchange(code, client_secret="no"), "invalid_client", 401)
    assert_refused(await confidential.exchange(code, client_id="no"), "invalid_client", 401)
    assert_refused(await public.exchange(code, client_secret=right), "invalid_client", 401)
    assert (await confidential.exchange(code, **both)).status == 200
    in_body = await post(
        confidential.gateway + TOKEN, {"grant_type": "refresh_token", "refresh_token": "x", **both}
    )
    assert_refused(in_body, "invalid_grant")


async def test_what_is_no_request_for_a_token(public: Program, alice: Person) -> None:
    assert_refused(await public.ask(TOKEN), "invalid_request")
    assert_refused(await public.ask(TOKEN, grant_type="password"), "unsupported_grant_type")
    assert_refused(await public.ask(TOKEN, grant_type="refresh_token"), "invalid_request")
    assert_refused(await public.ask(f"{TOKEN}?code=x", grant_type="x"), "invalid_request")
    for given in ({}, {"client_id": ""}, {"client_id": "nobody"}, {"client_id": "\x00"}):
        assert_refused(await post(public.gateway + TOKEN, given), "invalid_client", 401)
    for said in ("Basic", "Basic !", "Basic w6k=", "Basic /w==", "Basic AA=="):
        reply = await post(public.gateway + TOKEN, {}, {"Authorization": said})
        assert_refused(reply, "invalid_client", 401)
    for body, kind in (
        (b'{"client_id": 7}', "application/json"),
        (b'{"client_id": "\\ud83d"}', "application/json"),
        (b"client_id=a&client_id=b", "application/x-www-form-urlencoded"),
        (b"<a/>", "text/xml"),
        (b"{", "application/json"),
    ):
        header = {"Content-Type": kind}
        assert_refused(
            await alice.call("POST", TOKEN, data=body, headers=header), "invalid_request"
        )


async def test_json_is_taken_as_well_as_a_form(public: Program, alice: Person) -> None:
    sent: dict[str, Any] = {
        "grant_type": "authorization_code",
        "code": await public.code(alice),
        "redirect_uri": BACK,
        "code_verifier": public.verifier,
        "client_id": public.app.client_id,
        "client_secret": None,
        "more": [1],
    }
    assert (await alice.call("POST", TOKEN, json=sent)).status == 200


async def test_a_program_may_what_it_was_let_in_for(public: Program, alice: Person) -> None:
    given = await public.log_in(alice, "tweet.read users.read like.write")
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    tweet_id = await alice.tweet("Mine")
    may = await alice.call("GET", f"/2/tweets/{tweet_id}", headers=headers)
    assert may.status == 200
    likes = f"/2/users/{alice.id}/likes"
    assert (
        await alice.call("POST", likes, json={"tweet_id": tweet_id}, headers=headers)
    ).status == 200
    for method, path, lacks in (
        ("POST", "/2/tweets", "tweet.write"),
        ("DELETE", f"/2/tweets/{tweet_id}", "tweet.write"),
        ("GET", f"/2/users/{alice.id}/bookmarks", "bookmark.read"),
        ("POST", f"/2/users/{alice.id}/blocking", "block.write"),
        ("POST", "/2/media/upload", "media.write"),
        ("PUT", "/2/users/me", "own"),
        ("POST", "/2/tweets/search/stream/rules", "own"),
        ("POST", f"/2/users/{alice.id}/notifications/read", "tweet.write"),
    ):
        reply = await alice.call(
            method, path, json={} if method == "POST" else None, headers=headers
        )
        assert_problem(reply, 403, lacks)


async def test_with_the_users_tokens_and_with_the_program_all_ends(
    registered: Registered, public: Program, alice: Person, bob: Person, stores: Stores,
    at_once: None,
) -> None:  # fmt: skip
    accounts, apps, grants = (
        Accounts(stores.postgres), Apps(stores.postgres), Grants(stores.postgres)
    )  # fmt: skip
    other = await registered()
    of_alice, of_bob = await public.log_in(alice), await public.log_in(bob)
    elsewhere = await other.log_in(bob)
    assert await grants.revoke(int(bob.id), other.app.client_id) == 1
    assert_problem(await me(bob, elsewhere["access_token"]), 401)
    code = await public.code(alice)
    assert await accounts.revoke(int(alice.id)) == (1, 0, 2)
    assert_problem(await me(alice, of_alice["access_token"]), 401)
    assert_refused(await public.refresh(of_alice["refresh_token"]), "invalid_grant")
    assert_refused(await public.exchange(code), "invalid_grant")
    assert (await press(alice.token, public.link())).status == 403
    assert (await me(bob, of_bob["access_token"])).status == 200
    assert await apps.revoke(public.app.client_id) == 1
    assert await apps.revoke(public.app.client_id) is None
    assert_problem(await me(bob, of_bob["access_token"]), 401)
    assert (await look(public.link())).status == 400
    assert_refused(await public.refresh(of_bob["refresh_token"]), "invalid_client", 401)


async def test_no_path_of_these_takes_another_method(gateway: str) -> None:
    async with ClientSession() as session:
        for method, path in (("GET", TOKEN), ("GET", REVOKE), ("PUT", PATH)):
            async with session.request(method, gateway + path) as response:
                assert response.status == 405
