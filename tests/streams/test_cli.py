"""The command line."""

import asyncio
import gzip
import json
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from aiohttp import ClientSession

from deploy.stack import Stack
from events.log import Log
from events.reader import ends_of, partitions
from gateway import keyring, tokens
from gateway.accounts import Accounts
from gateway.oauth2.apps import App, Apps
from gateway.signing_keys import SigningKeys
from projections.graph import GraphView
from projections.registry import VIEWS
from projections.stores import Stores
from schemas.events import ListCreated
from schemas.servers import Servers
from schemas.topics import GRAPH
from streams.lag import caught_up
from streams.load import username
from tests import forking
from tests.conftest import Register
from tests.gateway.letting_in import BACK, Program
from tests.gateway.signing import ask
from tests.letters import write_off
from tests.midnight import away_from_midnight
from tests.processes import start, within
from tests.projections.memory_log import fresh_number

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120.0


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """What it says when it fails: one line, no traceback, nothing else."""
        assert self.code != 0
        assert self.out == ""
        (line,) = self.err.strip().splitlines()
        return line.removeprefix("birdlog: ")


async def run(
    *arguments: str | Path, environment: dict[str, str] | None = None, given: str = ""
) -> Ran:
    ended = await asyncio.to_thread(
        forking.run,
        [str(argument) for argument in arguments],
        {**os.environ, **forking.SHOWN, **(environment or {})},
        given.encode(),
        SECONDS,
    )
    return Ran(ended.code, ended.out.decode(), ended.err.decode())


Birdlog = Callable[..., Awaitable[Ran]]


@pytest.fixture(scope="module")
def birdlog(stack: Stack, servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Birdlog:
    """The command on the servers of these tests."""
    home = {"BIRDLOG_HOME": str(tmp_path_factory.mktemp("home"))}
    given = stack.servers.environ() | home

    async def birdlog(*arguments: str | Path, **more: Any) -> Ran:
        return await run(*arguments, environment=given | more.pop("environment", {}), **more)

    return birdlog


async def test_help_names_every_command(birdlog: Birdlog) -> None:
    shown = await birdlog("--help")
    assert shown.code == 0
    for command in ("up", "down", "status", "test", "user", "worker", "lag", "events", "rebuild",
                    "load", "demo", "dead-letters"):  # fmt: skip
        assert f" {command} " in shown.out


async def test_an_account_and_its_token(birdlog: Birdlog, gateway: str) -> None:
    name = f"wren_{fresh_number()}"
    added = await birdlog("user", "add", name, "--token")
    assert added.code == 0
    (token,) = added.out.split()
    assert f"{name} is user " in added.err
    number = added.err.split()[-1]
    again = (await birdlog("user", "token", name.upper(), "--json")).json
    assert (again["id"], token != again["token"]) == (number, True)
    for good in (token, again["token"]):
        async with (
            ClientSession(headers={"Authorization": f"Bearer {good}"}) as session,
            session.get(f"{gateway}/2/users/me") as response,
        ):
            assert (await response.json())["data"]["id"] == number


async def test_a_program_that_users_let_in(
    birdlog: Birdlog, gateway: str, register: Register, stores: Stores,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(tokens, "REMEMBER_SECONDS", 0.0)
    pipit = await register("pipit")
    added = await birdlog("app", "register", "Birds", "--redirect-uri", BACK)
    assert added.code == 0
    client_id = added.out.removeprefix("client_id=").strip()
    told = ("app", "register", "Nest", "--redirect-uri", "http://[::1]/", "--confidential")
    nest = (await birdlog(*told, "--redirect-uri", BACK, "--json")).json
    assert nest["client_secret"].startswith("birdlog_")
    listed = await birdlog("app", "list", "--json")
    assert nest["client_secret"] not in listed.out
    apps = {one["client_id"]: one for one in listed.json["apps"]}
    assert apps[client_id]["redirect_uris"] == [BACK]
    assert [apps[one]["kind"] for one in (client_id, nest["client_id"])] == [
        *("public", "confidential")
    ]
    assert client_id in (await birdlog("app", "list")).out

    nest_id, leaked = nest["client_id"], nest["client_secret"]
    new = (await birdlog("app", "secret", nest_id, "--json")).json["client_secret"]
    newest = (await birdlog("app", "secret", nest_id)).out.removeprefix("client_secret=").strip()
    found = await Apps(stores.postgres).find(nest_id)
    assert found
    assert [found.is_proven({one}) for one in (leaked, new, newest)] == [False, False, True]
    assert "with a secret" in (await birdlog("app", "secret", client_id)).complaint
    assert "with a secret" in (await birdlog("app", "secret", "nobody")).complaint

    app = App(client_id, "Birds", [BACK], None, datetime.now(UTC))
    program = Program(gateway, app, None)
    given = await program.log_in(pipit)
    (shown,) = (await birdlog("user", "apps", pipit.username, "--json")).json["apps"]
    assert (shown["client_id"], shown["scope"]) == (client_id, given["scope"])
    assert client_id in (await birdlog("user", "apps", pipit.username)).out
    of_app = ("user", "revoke", pipit.username, "--app", client_id)
    mistyped = await birdlog(*of_app[:-1], f"{client_id}x")
    assert (mistyped.code, mistyped.out) == (1, "")
    assert f"no program {client_id}x" in mistyped.complaint
    revoked = (await birdlog(*of_app, "--json")).json
    assert (revoked["revoked"], revoked["revoked_keys"], revoked["revoked_grants"]) == (0, 0, 1)
    assert (await program.refresh(given["refresh_token"])).status == 400
    assert (await pipit.call("GET", "/2/users/me")).status == 200

    await program.log_in(pipit)
    assert "let in 1 times" in (await birdlog("app", "revoke", client_id)).err
    assert "no program" in (await birdlog("app", "revoke", client_id)).complaint
    wrong = await birdlog("app", "register", "Birds", "--redirect-uri", "http://birds.example/")
    assert "is no redirect URI" in wrong.complaint
    nameless = await birdlog("app", "register", "\u202e", "--redirect-uri", BACK)
    assert "U+202E" in nameless.complaint
    assert "no user nobody" in (await birdlog("user", "apps", "nobody")).complaint


async def test_revoked_tokens_are_good_no_more(
    birdlog: Birdlog, gateway: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "REMEMBER_SECONDS", 0.0)
    name = f"c_{secrets.token_hex(5)}"
    token = (await birdlog("user", "add", name, "--token")).out.strip()
    revoked = await birdlog("user", "revoke", name)
    assert (revoked.code, revoked.out) == (0, "")
    assert f"revoked 1 tokens of {name}" in revoked.err
    async with (
        ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
        session.get(f"{gateway}/2/users/me") as response,
    ):
        assert response.status == 401
    assert (await birdlog("user", "revoke", name, "--json")).json["revoked"] == 0
    assert "no user nobody" in (await birdlog("user", "revoke", "nobody")).complaint


async def test_the_keys_of_an_account(
    birdlog: Birdlog, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "REMEMBER_SECONDS", 0.0)
    dipper = await register("dip")
    shown = await birdlog("user", "keys", dipper.username.upper())
    assert shown.code == 0
    assert f"is user {dipper.id}" in shown.err
    told = dict(line.split("=", 1) for line in shown.out.splitlines())
    assert list(told) == NAMES
    assert told["access_token"].startswith(f"{dipper.id}-")
    again = (await birdlog("user", "keys", dipper.username, "--json")).json
    assert (again.pop("id"), again.pop("username")) == (dipper.id, dipper.username)
    assert list(again) == NAMES
    assert not set(again.values()) & set(told.values())
    both = [SigningKeys(int(dipper.id), **given) for given in (told, again)]
    for keys in both:
        assert (await ask(dipper, keys, "GET", "/2/users/me")).data["id"] == dipper.id
    revoked = (await birdlog("user", "revoke", dipper.username, "--json")).json
    assert (revoked["revoked"], revoked["revoked_keys"]) == (1, 2)
    for keys in both:
        assert (await ask(dipper, keys, "GET", "/2/users/me")).status == 401
    assert "no user nobody" in (await birdlog("user", "keys", "nobody")).complaint


NAMES = ["consumer_key", "consumer_secret", "access_token", "access_token_secret"]


async def test_an_account_as_json(birdlog: Birdlog) -> None:
    name = f"fin_{fresh_number()}"
    added = (await birdlog("user", "add", name, "--json")).json
    assert added == {"id": added["id"], "username": name, "token": None}
    assert added["id"].isdigit()
    with_token = (await birdlog("user", "add", f"rob_{fresh_number()}", "--json", "--token")).json
    assert with_token["token"].startswith("birdlog_")


async def test_names_that_cannot_be_had(birdlog: Birdlog) -> None:
    known = f"dip_{fresh_number()}"
    await birdlog("user", "add", known)
    taken = await birdlog("user", "add", known.upper())
    assert taken.code == 1
    assert "taken" in taken.complaint
    for name in ("no spaces", "sixteen_letters_"):
        refused = await birdlog("user", "add", name)
        assert refused.code == 1
        assert "letters, digits and underscores" in refused.complaint
    refused = await birdlog("user", "add", "cli_eve", "--name", "\u202eeve")
    assert (refused.code, "name: it holds U+202E" in refused.complaint) == (1, True)
    assert "no user nobody" in (await birdlog("user", "token", "nobody")).complaint


async def test_a_password_from_a_pipe(birdlog: Birdlog, stores: Stores) -> None:
    name = f"her_{fresh_number()}"
    added = await birdlog("user", "add", name, "--password", given="at the weir\n")
    assert added.code == 0
    hashed = await stores.postgres.fetchval(
        "SELECT password_hash FROM accounts WHERE username = $1", name
    )
    assert hashed.startswith("$argon2id$")
    for nothing in ("", "\n"):
        refused = await birdlog("user", "add", "cli_nothing", "--password", given=nothing)
        assert "no password" in refused.complaint


async def test_lag_of_each_view_and_partition(birdlog: Birdlog, gateway: str) -> None:
    asked = await birdlog("lag", "--json")
    rows = asked.json["views"]
    assert {row["view"] for row in rows} == set(VIEWS)
    for row in rows:
        assert row["behind"] == max(0, row["end"] - row["offset"])
        assert isinstance(row["topic"], str)
    assert len({(row["view"], row["topic"], row["partition"]) for row in rows}) == len(rows)
    one = (await birdlog("lag", "graph", "--json")).json["views"]
    assert [(row["view"], row["topic"], row["partition"]) for row in one] == [
        ("graph", "graph", number) for number in range(4)
    ]
    assert "behind" in (await birdlog("lag", "tweets")).out


async def test_analytics(
    birdlog: Birdlog, register: Register, stores: Stores, servers: Servers
) -> None:
    await away_from_midnight()  # and so from the end of a week
    wren, finch = await register("wren"), await register("finch")
    await finch.follow(wren)
    tweet_id = await wren.tweet("Answered")
    await finch.tweet("Quote", quote_tweet_id=tweet_id)
    await finch.call("GET", f"/2/users/{finch.id}/analytics")
    async with asyncio.timeout(SECONDS):  # until the outbox has brought the accounts
        while await stores.postgres.fetchval("SELECT count(*) FROM outbox"):
            await asyncio.sleep(0.05)
    await caught_up(stores, servers.kafka, ["analytics"], seconds=SECONDS)

    gained = (await birdlog("analytics", "gained", "--limit", "1000", "--json")).json["gained"]
    assert {"user_id": wren.id, "username": wren.username, "gained": 1, "lost": 0} in gained
    top = (await birdlog("analytics", "top", wren.username, "--json")).json["tweets"]
    assert top == [{"tweet_id": tweet_id, "engagements": 1, "measures": {"quotes": 1}}]
    assert "no user nobody" in (await birdlog("analytics", "top", "nobody")).complaint
    (cohort,) = (await birdlog("analytics", "retention", "--weeks", "1", "--json")).json["cohorts"]
    assert cohort["size"] >= cohort["active"][0] >= 2
    assert " %" in (await birdlog("analytics", "retention")).out


async def test_status_without_a_stack_of_ours(birdlog: Birdlog) -> None:
    asked = await birdlog("status", "--json")
    assert asked.code == 1  # no gateway runs at this home
    parts = {part["name"]: part for part in asked.json["parts"]}
    keys = {"name", "address", "healthy", "degraded", "detail"}
    assert all(part.keys() == keys for part in parts.values())
    for server in ("kafka", "postgres", "redis", "mongo"):
        assert parts[server]["healthy"] is True
    assert parts["gateway"]["healthy"] is False
    assert parts["gateway"]["address"].startswith("http://")


async def test_the_log_readable(birdlog: Birdlog, log: Log) -> None:
    key = f"key_{fresh_number()}"
    for number in range(3):
        value = b'{"type": "X", "n": %d}' % number
        position = await log.append_bytes("users", key.encode(), value)
        await write_off(log, position)
    shown = await birdlog("events", "users", "--key", key, "--json")
    events = [json.loads(line) for line in shown.out.splitlines()]
    assert [event["event"] for event in events] == [{"type": "X", "n": n} for n in range(3)]
    assert events[-1]["position"] == str(position)
    assert events[0].keys() == {"position", "at", "key", "event"}
    later = await birdlog("events", "users", "--key", key, "--from", str(position.offset), "--json")
    assert [json.loads(line)["event"]["n"] for line in later.out.splitlines()] == [2]
    plain = await birdlog("events", "users", "--key", key)
    assert len(plain.out.splitlines()) == 3
    assert key in plain.out
    assert (await birdlog("events", "users", "--key", "nobody's")).out == ""


async def test_the_log_goes_on_where_it_is_followed(stack: Stack, log: Log, tmp_path: Path) -> None:
    said, number = tmp_path / "said", fresh_number()

    async def append(name: str) -> None:
        made = ListCreated(event_id=number, at=1, actor=1, request_id="", list_id=number, name=name)
        await log.append(made)

    async def until(*names: str) -> None:
        async with asyncio.timeout(SECONDS):
            while [json.loads(line)["event"]["name"] for line in whole(said)] != [*names]:
                await asyncio.sleep(0.05)

    await append("before")
    arguments = ("events", "lists", "--key", str(number), "--follow", "--json")
    following = await start("streams", *arguments, environment=stack.servers.environ(), log=said)
    async with within(SECONDS, following):
        await until("before")
        await append("meanwhile")
        await until("before", "meanwhile")
        following.send_signal(signal.SIGINT)
        assert await following.wait() == 130


def whole(said: Path) -> list[str]:
    """The lines so far, without one that is being written."""
    return said.read_text().rpartition("\n")[0].splitlines()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("events", "birds"), "no topic birds"),
        (("lag", "birds"), "no view birds"),
        (("rebuild", "birds"), "no view birds"),
        (("worker", "birds"), "no view birds"),
        (("load", "--follows", "/nothing", "--tweets", "/nothing"), "/nothing"),
        (("snapshot", f"{__file__}/x"), f"{__file__}/x cannot be written or read: Not a dir"),
    ],
)
async def test_what_does_not_exist(birdlog: Birdlog, arguments: tuple[str, ...], said: str) -> None:
    ran = await birdlog(*arguments)
    assert ran.code == 1
    assert said in ran.complaint


async def test_a_folder_that_is_not_there(birdlog: Birdlog) -> None:
    name = f"lin_{fresh_number()}"
    await birdlog("user", "add", name)
    ran = await birdlog("export", name, "-o", "/nothing/x.zip")
    assert ran.complaint == "there is no folder /nothing"


@pytest.mark.parametrize(
    "arguments", [("fly",), ("events",), ("events", "users", "--from", "-1"), ("user", "add")]
)
async def test_wrong_usage(birdlog: Birdlog, arguments: tuple[str, ...]) -> None:
    ran = await birdlog(*arguments)
    assert ran.code == 2
    assert "Usage" in ran.err
    assert "Traceback" not in ran.err


AWAY = {
    "KAFKA_BOOTSTRAP": "127.0.0.1:9",
    "POSTGRES_DSN": "postgresql://birdlog@127.0.0.1:9/birdlog",
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "MONGODB_URI": "mongodb://127.0.0.1:9/birdlog",
    "ELASTICSEARCH_URL": "http://127.0.0.1:9",
}


WITHOUT = (
    (("user", "add", "cli_away"), "POSTGRES_DSN"),
    (("lag",), "KAFKA_BOOTSTRAP"),
    (("lag",), "MONGODB_URI"),
    (("lag",), "REDIS_URL"),
    (("events", "users"), "KAFKA_BOOTSTRAP"),
    (("rebuild", "cache"), "REDIS_URL"),
    (("rebuild", "cache", "--processes", "3"), "POSTGRES_DSN"),
    (("demo",), "KAFKA_BOOTSTRAP"),
)


@pytest.fixture(scope="module")
async def without(birdlog: Birdlog) -> AsyncIterator[Sequence[asyncio.Future[Ran]]]:
    """All at once, as each waits for long before it gives up."""
    running = [
        asyncio.ensure_future(birdlog(*arguments, environment={away: AWAY[away]}))
        for arguments, away in WITHOUT
    ]
    yield running
    await asyncio.gather(*running)


@pytest.mark.parametrize("number", range(len(WITHOUT)), ids=lambda n: f"{WITHOUT[n]}")
async def test_servers_that_are_away(without: Sequence[asyncio.Future[Ran]], number: int) -> None:
    ran = await without[number]
    assert ran.code == 1
    assert "is birdlog up?" in ran.complaint


async def test_an_address_that_is_none(birdlog: Birdlog) -> None:
    ran = await birdlog("lag", environment={"MONGODB_URI": "db:secret@host"})
    assert ran.code == 1
    assert ran.complaint.startswith("MONGODB_URI does not begin with ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "add", "wren"),
        ("demo",),
        ("load", "--follows", "x", "--tweets", "x"),
        ("rebuild", "tweets", "--accept"),
        ("repartition", "tweets", "8"),
        ("dead-letters", "drop", "x"),
        ("restore", "x"),
        ("snapshot", "x"),
        ("export", "wren"),
        ("worker", "tweets"),
        ("outbox",),
        ("setup",),
        ("status",),
        ("lag",),
        ("audit",),
        ("events", "users"),
        ("history", "tweet:1"),
        ("analytics", "gained"),
    ],
)
async def test_without_a_stack_of_its_own_a_command_works_on_no_other(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    """Whoever is at the usual ports is somebody else; one server that is given is not all."""
    given = {"BIRDLOG_HOME": str(tmp_path), "REDIS_URL": AWAY["REDIS_URL"]}
    ran = await run(*arguments, environment=dict.fromkeys(AWAY, "") | given)
    assert ran.code == 1
    assert ran.complaint == f"nothing runs in {tmp_path}: ./birdlog up"


@pytest.fixture
def three() -> list[int]:
    """Accounts that are numbers in files."""
    return [fresh_number() for _ in range(3)]


@pytest.fixture
def files(tmp_path: Path, three: list[int]) -> tuple[Path, Path]:
    follows, tweets = tmp_path / "follows.tsv.gz", tmp_path / "tweets.txt"
    one, two, other = three
    lines = f"{one}\t{two}\n{other}\t{two}\n{two}\n{one}\t{other}\n9\t9\n"
    follows.write_bytes(gzip.compress(lines.encode()))
    tweets.write_bytes(b"Dipper\n\nKestrel\n" + b"x" * 281 + b"\nHeron\n")
    return follows, tweets


async def test_load(
    birdlog: Birdlog,
    stores: Stores,
    servers: Servers,
    workers: None,
    three: list[int],
    files: tuple[Path, Path],
) -> None:
    async def accounts() -> int:
        return len(await Accounts(stores.postgres).by_usernames(map(username, three)))

    follows, tweets = files
    arguments = ("load", "--follows", follows, "--tweets", tweets)
    stopped = await birdlog(*arguments, "--stop-on-error")
    assert stopped.code == 1
    assert stopped.complaint.startswith(f"{follows}:3: expected FOLLOWER")
    assert await accounts() == 0

    loaded = await birdlog(*arguments, "--json")
    assert loaded.code == 0
    assert {name: loaded.json[name] for name in ("accounts", "follows", "tweets", "left_out")} == {
        "accounts": 3, "follows": 3, "tweets": 3, "left_out": 4,
    }  # fmt: skip
    for place in (f"{follows}:3: ", f"{follows}:5: ", f"{tweets}:2: ", f"{tweets}:4: "):
        assert place in loaded.err.replace("\n", "")
    assert await accounts() == 3
    again = await birdlog(*arguments, "--limit", "1", "--tweets-per-second", "100")
    assert "1 tweets are on the log, 4 lines were left out" in again.out.replace("\n", " ")
    assert await accounts() == 3
    await caught_up(stores, servers.kafka, seconds=SECONDS)


async def test_rebuild(birdlog: Birdlog, stores: Stores, servers: Servers, workers: None) -> None:
    await caught_up(stores, servers.kafka, seconds=SECONDS)
    built = (await birdlog("rebuild", "graph", "--json")).json
    assert built["view"] == "graph"
    assert built["generation"] >= 2
    assert built["events"] == sum((await ends_of(servers.kafka, [GRAPH.name])).values())
    assert built["events_per_second"] > 0
    assert "is read now" in (await birdlog("rebuild", "cache")).out
    await caught_up(stores, servers.kafka, seconds=SECONDS)


async def test_no_more_processes_rebuild_than_there_are_partitions(
    stack: Stack, servers: Servers
) -> None:
    script = """
import os
from schemas.servers import Servers
from streams.commands.rebuilds import _processes

servers = Servers.from_environment(os.environ)
print(*(_processes(servers, "graph", most) for most in (1, 3, 1_000)))
"""
    asking = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script,
        env={**os.environ, **stack.servers.environ()}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with within(SECONDS, asking):
        said, _ = await asking.communicate()
    topics = [topic.name for topic in GraphView.topics]
    assert said.split() == [b"1", b"3", b"%d" % len(await partitions(servers.kafka, topics))]
