"""Logging in as a program: a consumer key and its secret for a bearer token."""

import asyncio
from base64 import b64encode
from urllib.parse import quote

import pytest

from gateway import keyring, tokens
from gateway.accounts import Accounts
from gateway.signing_keys import KeyStore, SigningKeys
from projections.stores import Stores
from tests.gateway.problems import assert_problem
from tests.gateway.signing import send
from tests.person import Person, Reply

PATH = "/oauth2/token"
GRANT = "grant_type=client_credentials"


def basic(key: str, secret: str) -> str:
    return f"Basic {b64encode(f'{key}:{secret}'.encode()).decode()}"


async def log_in(
    person: Person, keys: SigningKeys, form: str = GRANT, secret: str | None = None
) -> Reply:
    header = basic(keys.consumer_key, keys.consumer_secret if secret is None else secret)
    return await send(person, "POST", PATH, header, form=form)


async def test_a_key_and_its_secret_are_a_token_always_the_same(
    alice: Person, keys: SigningKeys, stores: Stores
) -> None:
    replies = await asyncio.gather(*(log_in(alice, keys) for _ in range(5)))
    (token,) = {reply.body["access_token"] for reply in replies}
    assert replies[0].body == {"token_type": "bearer", "access_token": token}
    assert replies[0].headers["Cache-Control"] == "no-store"
    reply = await send(alice, "GET", "/2/users/me", f"Bearer {token}")
    assert reply.data["id"] == alice.id
    others = await KeyStore(stores.postgres).issue(int(alice.id))
    assert (await log_in(alice, others)).body["access_token"] != token
    of_alice = "SELECT count(*) FROM tokens WHERE user_id = $1"
    assert await stores.postgres.fetchval(of_alice, int(alice.id)) == 1 + 2


async def test_key_and_secret_may_be_encoded_and_the_body_json(
    alice: Person, keys: SigningKeys
) -> None:
    key, secret = (
        "".join(f"%{ord(letter):02X}" for letter in text)
        for text in (keys.consumer_key, keys.consumer_secret)
    )
    encoded = basic(key, secret)
    assert (await send(alice, "POST", PATH, encoded, form=GRANT)).status == 200
    plain = basic(quote(keys.consumer_key), quote(keys.consumer_secret))
    grant = {"grant_type": "client_credentials"}
    assert (await send(alice, "POST", PATH, plain, json=grant)).status == 200


async def test_whoever_has_no_such_secret_gets_no_token(alice: Person, keys: SigningKeys) -> None:
    for secret in ("guessed", "", keys.access_token_secret, f"{keys.consumer_secret}x", "é"):
        assert_problem(await log_in(alice, keys, secret=secret), 401, "not known")
    for header in (
        *("", "Basic", "Basic !", "Basic YTpi", "Basic w6k=", "Basic /w==", "Basic AA=="),
        f"Bearer {alice.token}",
        basic("\x00", "x"),
    ):
        assert_problem(await send(alice, "POST", PATH, header, form=GRANT), 401)


async def test_other_grants_are_refused(alice: Person, keys: SigningKeys) -> None:
    for form in ("grant_type=password", "grant_type=", "", f"{GRANT}&x=1"):
        assert_problem(await log_in(alice, keys, form=form), 400)
    header = basic(keys.consumer_key, keys.consumer_secret)
    assert_problem(await send(alice, "POST", f"{PATH}?a=1", header, form=GRANT), 400)


async def test_with_its_keys_the_token_is_revoked(
    alice: Person, keys: SigningKeys, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also at a gateway that still remembers the keys."""
    monkeypatch.setattr(tokens, "REMEMBER_SECONDS", 0.0)
    monkeypatch.setattr(keyring, "REMEMBER_SECONDS", 60.0)
    token = (await log_in(alice, keys)).body["access_token"]
    assert await Accounts(stores.postgres).revoke(int(alice.id)) == (2, 1, 0)
    assert_problem(await send(alice, "GET", "/2/users/me", f"Bearer {token}"), 401)
    assert_problem(await log_in(alice, keys), 401, "not known")
