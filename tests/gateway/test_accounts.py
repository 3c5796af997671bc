"""Accounts and tokens: what is kept, what is not, and what reaches the log."""

import asyncio
import secrets

import pytest
from argon2 import PasswordHasher

from events.snowflake import Snowflakes
from gateway import tokens
from gateway.accounts import (
    Accounts,
    NameInvalid,
    Registration,
    UsernameInvalid,
    UsernameTaken,
    token_hash,
)
from projections.stores import Stores
from schemas.servers import Servers
from streams.tail import Line, lines
from tests.gateway.problems import assert_problem
from tests.person import Person

PASSWORD = "correct horse battery staple"
RELAY_SECONDS = 60.0


@pytest.fixture
def accounts(gateway: str, stores: Stores) -> Accounts:
    return Accounts(stores.postgres)


@pytest.fixture
def ids() -> Snowflakes:
    return Snowflakes(1_023)


@pytest.fixture
def username() -> str:
    return f"U_{secrets.token_hex(6)}"


async def everything_in(stores: Stores) -> str:
    tables = await stores.postgres.fetch(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    )
    rows = [
        str(row[0])
        for table in tables
        for row in await stores.postgres.fetch(f"SELECT t::text FROM {table['name']} AS t")
    ]
    return "\n".join(rows)


async def registered(servers: Servers, user_id: int) -> list[Line]:
    async with asyncio.timeout(RELAY_SECONDS):
        while True:
            found = [
                line
                async for line in lines(
                    servers.kafka, "users", key=str(user_id), start=0, follow=False
                )
            ]
            if found:
                return found
            await asyncio.sleep(0.05)


async def test_tokens_are_kept_as_hashes_only(alice: Person, stores: Stores) -> None:
    kept = await everything_in(stores)
    assert alice.token not in kept
    assert alice.token.encode().hex() not in kept
    assert token_hash(alice.token).hex() in kept


async def test_without_a_token_nothing_is_shown(alice: Person) -> None:
    for value in ("", "Bearer", "Bearer ", "Basic YTpi", alice.token, f"Bearer{alice.token}"):
        reply = await alice.call("GET", "/2/users/me", headers={"Authorization": value})
        assert_problem(reply, 401, "token")
        assert reply.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["birdlog_nobodys", "ünbekannt", "a b"])
async def test_an_unknown_token_is_401(alice: Person, token: str) -> None:
    reply = await alice.call("GET", "/2/users/me", headers={"Authorization": f"Bearer {token}"})
    assert_problem(reply, 401)


async def test_the_scheme_is_read_in_any_case(alice: Person) -> None:
    header = {"Authorization": f"bearer {alice.token}"}
    assert (await alice.call("GET", "/2/users/me", headers=header)).status == 200


async def test_a_revoked_token_is_refused_once_it_is_forgotten(
    alice: Person, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "REMEMBER_SECONDS", 0.3)
    assert (await alice.call("GET", "/2/users/me")).status == 200
    await stores.postgres.execute(
        "DELETE FROM tokens WHERE token_hash = $1", token_hash(alice.token)
    )
    await asyncio.sleep(tokens.REMEMBER_SECONDS)  # whatever was known was from before
    assert_problem(await alice.call("GET", "/2/users/me"), 401)


async def test_every_path_of_the_api_asks_for_a_token(alice: Person) -> None:
    calls = [
        ("POST", "/2/tweets"),
        ("GET", "/2/tweets?ids=1"),
        ("GET", "/2/tweets/1"),
        ("DELETE", "/2/tweets/1"),
        ("GET", "/2/tweets/1/history"),
        ("GET", "/2/users/me"),
        ("GET", "/2/users?ids=1"),
        ("GET", "/2/users/1"),
        ("GET", "/2/users/by?usernames=a"),
        ("GET", "/2/users/by/username/a"),
        ("GET", "/2/users/1/followers"),
        ("GET", "/2/users/1/following"),
        ("POST", "/2/users/1/following"),
        ("DELETE", "/2/users/1/following/2"),
        ("GET", "/2/users/1/tweets"),
        ("GET", "/2/users/1/timelines/reverse_chronological"),
    ]
    for method, path in calls:
        assert_problem(await alice.call(method, path, headers={"Authorization": ""}), 401)


async def test_names_are_unique_in_any_case(
    accounts: Accounts, ids: Snowflakes, username: str
) -> None:
    await accounts.register(Registration(username=username, name="One"), ids, "test")
    with pytest.raises(UsernameTaken):
        await accounts.register(Registration(username=username.upper(), name="Two"), ids, "test")


async def test_of_ten_who_want_a_name_at_once_one_gets_it(
    accounts: Accounts, ids: Snowflakes, username: str
) -> None:
    wanted = Registration(username=username, name="Me")
    results = await asyncio.gather(
        *(accounts.register(wanted, ids, "test") for _ in range(10)), return_exceptions=True
    )
    assert sum(isinstance(result, UsernameTaken) for result in results) == 9


@pytest.mark.parametrize("name", ["", "sixteen_letters_", "white space", "naïve", "a-b", "a\n"])
async def test_names_that_are_none_are_refused(
    accounts: Accounts, ids: Snowflakes, name: str
) -> None:
    with pytest.raises(UsernameInvalid):
        await accounts.register(Registration(username=name, name="X"), ids, "test")


@pytest.mark.parametrize("name", ["", " ", "\u202eNia", "Nia\u200e", "Ni\na", "\x9b31m", "N" * 51])
async def test_shown_names_that_a_profile_may_not_have_are_refused(
    accounts: Accounts, ids: Snowflakes, username: str, name: str
) -> None:
    with pytest.raises(NameInvalid, match="name"):
        await accounts.register(Registration(username=username, name=name), ids, "test")
    assert await accounts.by_usernames([username]) == {}


async def test_passwords_are_kept_as_argon2(
    accounts: Accounts, ids: Snowflakes, stores: Stores, username: str
) -> None:
    user = await accounts.register(
        Registration(username=username, name="Nia", password=PASSWORD), ids, "test"
    )
    hashed = await stores.postgres.fetchval(
        "SELECT password_hash FROM accounts WHERE user_id = $1", user.user_id
    )
    assert hashed.startswith("$argon2id$")
    assert PasswordHasher().verify(hashed, PASSWORD)
    assert PASSWORD not in await everything_in(stores)


async def test_the_log_learns_of_an_account_without_its_secrets(
    accounts: Accounts, ids: Snowflakes, servers: Servers, username: str
) -> None:
    email = f"{username}@example.org"
    user = await accounts.register(
        Registration(username=username, name="Nia", email=email, password=PASSWORD), ids, "r-1"
    )
    (line,) = await registered(servers, user.user_id)
    assert line.event == {
        "type": "UserRegistered",
        "v": 1,
        "event_id": line.event["event_id"],
        "at": user.created_at,
        "actor": str(user.user_id),
        "request_id": "r-1",
        "user_id": str(user.user_id),
        "username": username,
        "name": "Nia",
    }
    assert "@" not in str(line)
    assert "argon2" not in str(line)


async def test_a_refused_account_leaves_no_event(
    accounts: Accounts, ids: Snowflakes, servers: Servers, username: str
) -> None:
    """All of a batch or none: the second name is taken, so the first is not created either."""
    await accounts.register(Registration(username=username, name="One"), ids, "test")
    other = f"{username[:-1]}_"
    pair = [Registration(username=name, name="Pair") for name in (other, username)]
    with pytest.raises(UsernameTaken):
        await accounts.register_all(pair, ids, "test")
    assert await accounts.by_usernames([other]) == {}
    marker = await accounts.register(
        Registration(username=f"m_{secrets.token_hex(6)}", name="Marker"), ids, "test"
    )
    await registered(servers, marker.user_id)
    names = [
        line.event.get("username")  # other tests put other things there
        async for line in lines(servers.kafka, "users", key=None, start=0, follow=False)
    ]
    assert other not in names
