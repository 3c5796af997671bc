"""A person is erased: nothing of them is shown, everywhere alike, whatever comes in between."""

import asyncio
import itertools
import json
import secrets
import time
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bench.activity import Activity
from deploy.stack import Stack
from events.log import Log
from events.positions import Partition
from events.snowflake import Snowflakes
from gateway import keyring, tokens
from gateway.closing import Closed, close
from gateway.media.desk import Desk
from gateway.media.store import open_store
from gateway.oauth2.apps import Apps
from gateway.signing_keys import SigningKeys
from projections.registry import VIEWS
from projections.stores import Stores
from projections.view import Recorded
from schemas.events import Event, TweetPosted, UserErased
from schemas.servers import Servers
from schemas.topics import TOPIC_OF, TOPICS
from streams.audit.auditing import audit
from streams.audit.folds import expected
from streams.audit.folds.told import Told
from streams.audit.log import Log as AuditedLog
from streams.commands.erasures import user_erase
from streams.erasing import erase, erasing, whom
from streams.erasing.looking import look
from streams.erasing.standing import Undoing, standing
from streams.lag import caught_up
from streams.person import NoSuchUser
from streams.rebuilding.building import rebuild
from tests.conftest import Register
from tests.contract.history import USERS, history
from tests.gateway.letting_in import BACK, Program
from tests.gateway.signing import ask
from tests.gateway.test_privacy import World, a_world, telling
from tests.media import pictures
from tests.media.test_uploads import upload
from tests.person import Person
from tests.processes import start, within
from tests.projections.memory_log import fresh_number
from tests.streams.test_cli import Birdlog, birdlog

__all__ = ["birdlog"]

SECONDS = 120.0
LET_IN_SECONDS = 6.0
HISTORY = list(itertools.chain.from_iterable(history(0)))


@pytest.fixture(autouse=True)
def sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "LET_IN_SECONDS", LET_IN_SECONDS)
    monkeypatch.setattr(erasing, "CLOSING_SECONDS", 0.0)


def nobody_looks(*_: object) -> None:
    pass


def told(user: int, undoings: list[Undoing]) -> list[Event]:
    facts: dict[str, Any] = {"at": 0, "actor": user, "request_id": "t"}
    return [one.kind(event_id=fresh_number(), **facts, **one.fields) for one in undoings]


@pytest.mark.parametrize("user", USERS)
def test_what_undoes_all_leaves_nothing(user: int) -> None:
    undoings = standing(user, HISTORY)
    assert undoings
    assert standing(user, [*HISTORY, *told(user, undoings)]) == []


@given(st.integers(0, 2**32), st.integers(1, 400))
def test_whatever_was_done_can_be_undone(seed: int, deeds: int) -> None:
    ticks = itertools.count(1_767_225_600_000)
    activity = Activity(seed, Snowflakes(1, clock=lambda: next(ticks)), people=4)
    events = [activity.next() for _ in range(deeds)]
    for user in activity.people:
        after = [*events, *told(user, standing(user, events))]
        assert standing(user, after) == []
        assert standing(user, [*after, *after]) == []


@given(st.integers(0, 2**32), st.integers(1, 400))
def test_no_view_shows_what_was_undone(seed: int, deeds: int) -> None:
    activity = Activity(seed, Snowflakes(seed % 1024), people=4)
    events = [activity.next() for _ in range(deeds)]
    user = activity.people[0]
    log = in_one_partition([*events, *told(user, standing(user, events))])
    for key, edge in rows("graph", log).items():
        others_do = key.endswith((f" blocks {user}", f" mutes {user}"))
        assert str(user) not in key or others_do or not any(edge.values())
    lists = rows("lists", log)
    assert [key for key in lists if str(user) in key and not key.startswith("list ")] == []
    assert all(row["deleted"] for row in lists.values() if row.get("owner") == user)
    for view in ("tweets", "replies"):
        posts = rows(view, log).values()
        assert all(row["deleted"] for row in posts if row.get("author") == user)
    assert {row["retweet"] for row in rows("retweets", log).values() if row["author"] == user} <= {
        None
    }
    marks = [row["kind"] for row in rows("counters", log).values() if row.get("user") == user]
    assert all(kind == "none" or kind.startswith("votes") for kind in marks)


def rows(view: str, log: Told) -> dict[str, Any]:
    return {key: row for key, row in expected(view, log).items() if isinstance(row, dict)}


def in_one_partition(events: list[Event]) -> Told:
    found: dict[Partition, list[Recorded]] = {Partition(topic.name, 0): [] for topic in TOPICS}
    for event in events:
        place = found[Partition(TOPIC_OF[type(event)].name, 0)]
        place.append(Recorded(len(place), event))
    return found


def test_a_repetition_brings_nothing_back_and_what_comes_too_early_undoes_nothing() -> None:
    post = next(event for event in HISTORY if isinstance(event, TweetPosted))
    deleted, *_ = told(post.actor, standing(post.actor, [post]))
    assert standing(post.actor, [post, deleted, post]) == []
    assert len(standing(post.actor, [deleted, post])) == 1
    others = replace(deleted, actor=post.actor + 1)
    assert len(standing(post.actor, [post, others])) == 1


async def with_everything(world: World, stores: Stores, dora: Person) -> dict[str, int]:
    """Alice has done one of each; how many of what there then are of hers."""
    alice, bob, carla = world.alice, world.bob, world.carla

    async def do(person: Person, path: str, **command: Any) -> Any:
        reply = await person.call("POST", f"/2/users/{person.id}/{path}", json=command)
        assert reply.status == 200, (path, reply.body)
        return reply.data

    by_bob = world.tweets[-2]
    poll = await bob.tweet("Tea?", poll={"options": ["yes", "no"], "duration_minutes": 60})
    photo = (await upload(alice, pictures.photo("JPEG"))).data
    await alice.tweet(f"{world.secret} seen", media={"media_ids": [photo["id"]]})
    await alice.tweet(world.secret, quote_tweet_id=by_bob)
    await do(alice, "bookmarks", tweet_id=by_bob)
    await do(alice, "dislikes", tweet_id=by_bob)
    await do(alice, "votes", tweet_id=poll, option=1)
    await do(alice, "following", target_user_id=bob.id)
    await do(alice, "muting", target_user_id=carla.id)
    await alice.block(dora)
    await carla.protect()
    await alice.follow(carla)
    await alice.protect()
    late = await bob.call("DELETE", f"/2/users/{bob.id}/following/{alice.id}")
    assert late.status == 200
    await bob.follow(alice)
    rule = {"add": [{"value": world.secret}]}
    rules = "/2/tweets/search/stream/rules"
    assert (await alice.call("POST", rules, json=rule)).status == 201
    unused = (await upload(alice, pictures.photo("PNG"))).data
    assert unused["id"]
    app, _ = await Apps(stores.postgres).register("Birds", [BACK], confidential=False)
    await Program(alice.gateway, app, None).log_in(alice)
    keyed = {"Idempotency-Key": secrets.token_hex(8)}
    once = {"text": f"{world.secret} once"}
    assert (await alice.call("POST", "/2/tweets", json=once, headers=keyed)).status == 201
    return {
        "tweets": 4,
        "replies": 2,
        "likes": 1,
        "dislikes": 1,
        "bookmarks": 1,
        "retweets": 1,
        "follows": 1,
        "follow_requests": 1,
        "followers": 1,
        "requests_of_others": 1,
        "blocks": 1,
        "mutes": 1,
        "lists": 1,
        "list_memberships": 2,
        "followed_lists": 3,
        "pinned_lists": 3,
    }


async def test_a_person_with_everything(
    birdlog: Birdlog,
    register: Register,
    alice: Person,
    bob: Person,
    carla: Person,
    keys: SigningKeys,
    stores: Stores,
    servers: Servers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stack: Stack,
) -> None:
    for module in (tokens, keyring):
        monkeypatch.setattr(module, "REMEMBER_SECONDS", 0.0)
    dora = await register("dora")
    world = await a_world(alice, bob, carla)
    there = await with_everything(world, stores, dora)
    await caught_up(stores, servers.kafka, seconds=SECONDS)
    assert "/2/users/{id}/tweets" in await telling(alice, world)
    media = await stores.postgres.fetch("SELECT * FROM media WHERE owner = $1", int(alice.id))
    assert len(media) == 2

    refused = await birdlog("user", "erase", alice.username, given="n\n")
    assert (refused.code, f"Erase {alice.username}, user {alice.id}" in refused.err) == (1, True)
    assert (await alice.call("GET", "/2/users/me")).status == 200

    person = await whom(stores, servers.kafka, alice.username.upper())
    assert str(person.user_id) == alice.id
    done = await erase(stores, servers.kafka, person.user_id, nobody_looks)
    assert done.undone == there
    assert done.closed == Closed(keys=1, tokens=1, grants=1, stream_rules=1, retries=1, uploads=2)
    assert (done.last.votes, done.last.hidden, done.last.unreadable) == (1, 0, 0)

    await caught_up(stores, servers.kafka, seconds=SECONDS)
    for viewer in (bob, carla, dora):
        assert await telling(viewer, world) == set()
    assert (await alice.call("GET", "/2/users/me")).status == 401
    assert (await ask(alice, keys, "GET", "/2/users/me")).status == 401
    for path in (f"/2/users/{alice.id}", f"/2/users/by/username/{alice.username}"):
        assert (await bob.call("GET", path)).status == 404
    assert (await bob.lookup(world.tweets[0])).status == 404
    for one in media:
        assert (await bob.fetch(f"/media/{one['media_key']}")).status == 404
    async with open_store(servers.media) as store:
        await Desk(stores.postgres, store).forget_expired()
    await nothing_is_kept(stores, int(alice.id))
    metrics = {"user.fields": "public_metrics"}
    shown = (await bob.call("GET", "/2/users/me", params=metrics)).data["public_metrics"]
    assert (shown["followers_count"], shown["following_count"]) == (1, 0)
    for owner, list_id in zip((bob, carla), world.lists, strict=False):
        counted = {"list.fields": "member_count,follower_count"}
        kept = await owner.call("GET", f"/2/lists/{list_id}", params=counted)
        assert kept.data["member_count"] == 0, kept.body
        assert kept.data["follower_count"] == 2

    hers, read = {alice.id, *world.tweets}, AuditedLog(servers.kafka)
    for name in VIEWS:
        found = await audit(stores, servers.kafka, read, name, seconds=SECONDS)
        assert [one for one in found.differences if any(one_id in one.key for one_id in hers)] == []
        built = await rebuild(stores, servers.kafka, name, lambda *_: None, purpose="shadow")
        assert built.outcome == "equal", built

    again = await erased_by_command(alice.username, stack, monkeypatch, capsys)
    assert (again.document["closed"], again.document["undone"]) == (None, {})
    assert again.document["stays"] == {"poll_votes": 1, "hidden_replies": 0, "unreadable_events": 0}
    assert f"user {alice.id} is erased" in again.err
    people = await birdlog("history", f"user:{alice.id}", "--json")
    assert '"UserErased"' in people.out
    file = tmp_path / "left.zip"
    assert (await birdlog("export", alice.id, "-o", file)).code == 0
    with ZipFile(file) as archive:
        account = json.loads(archive.read("json/account.json"))
        assert (account["username"], account["tokens"]) == (None, [])
        assert account["erased_at"]
        assert all(t["deleted_at"] for t in json.loads(archive.read("json/tweets.json")))
    other = (await birdlog("user", "add", alice.username, "--json")).json["id"]
    either = await birdlog("user", "erase", alice.username, "--yes")
    assert f"the users {alice.id} and {other}: say which by the id" in either.complaint
    assert "no user nobody" in (await birdlog("user", "erase", "nobody", "--yes")).complaint


class Ran(NamedTuple):
    document: dict[str, Any]
    err: str


async def erased_by_command(
    who: str, stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Ran:
    """By a loop of its own, as a process of its own would wait for as long as people wait."""
    for variable, value in stack.servers.environ().items():
        monkeypatch.setenv(variable, value)
    capsys.readouterr()
    await asyncio.to_thread(user_erase, who, yes=True, as_json=True)
    said = capsys.readouterr()
    return Ran(json.loads(said.out), said.err)


async def nothing_is_kept(stores: Stores, user: int) -> None:
    rows = {
        table: await stores.postgres.fetchval(
            f"SELECT count(*) FROM {table} WHERE {column} = $1", user
        )
        for table, column in (
            *((table, "user_id") for table in OF_USERS),
            ("media", "owner"),
        )
    }
    assert rows == dict.fromkeys(rows, 0)


OF_USERS = (
    *("accounts", "tokens", "grants", "signing_keys", "stream_rule_sets", "stream_rules"),
    "idempotency_keys",
)


async def test_what_a_closed_account_said_is_hidden_before_it_is_undone(
    alice: Person, bob: Person, carla: Person, stores: Stores, servers: Servers
) -> None:
    world = await a_world(alice, bob, carla)
    await alice.protect()
    await alice.remove_follower(carla)
    await caught_up(stores, servers.kafka, seconds=SECONDS)
    assert await closed(stores, alice)
    await caught_up(stores, servers.kafka, seconds=SECONDS)
    assert await telling(carla, world) == set()
    assert not await closed(stores, alice)


async def test_what_a_public_account_said_is_seen_by_its_followers_alone_once_it_is_closed(
    alice: Person, bob: Person, carla: Person, stores: Stores, servers: Servers
) -> None:
    tweet = await alice.tweet("Seen by all")
    await bob.follow(alice)
    await caught_up(stores, servers.kafka, seconds=SECONDS)
    assert await closed(stores, alice)
    assert (await carla.lookup(tweet)).status in (403, 404)
    assert (await bob.lookup(tweet)).status == 200


async def test_one_whose_account_was_lost_is_erased_by_the_id(
    alice: Person, bob: Person, stores: Stores, servers: Servers
) -> None:
    """As where PostgreSQL was restored to an earlier time than Kafka."""
    tweet = await alice.tweet("On the log")
    await caught_up(stores, servers.kafka, seconds=SECONDS)
    await stores.postgres.execute("DELETE FROM accounts WHERE user_id = $1", int(alice.id))
    person = await whom(stores, servers.kafka, alice.id)
    assert (str(person.user_id), person.username) == (alice.id, None)
    done = await erase(stores, servers.kafka, person.user_id, nobody_looks)
    assert (done.closed, done.undone) == (None, {"tweets": 1})
    assert done.last.erased_at is not None
    await caught_up(stores, servers.kafka, seconds=SECONDS)
    assert (await bob.lookup(tweet)).status == 404
    with pytest.raises(NoSuchUser):
        await whom(stores, servers.kafka, str(fresh_number()))


async def closed(stores: Stores, person: Person) -> bool:
    user = int(person.id)
    facts: dict[str, Any] = {"event_id": fresh_number(), "at": 0, "actor": user, "request_id": "t"}
    return await close(stores.postgres, UserErased(**facts, user_id=user)) is not None


async def test_who_is_remembered_by_a_gateway_is_told_so_and_no_more(
    alice: Person, bob: Person, stores: Stores
) -> None:
    assert (await alice.call("GET", "/2/users/me")).status == 200
    assert await closed(stores, alice)
    rule = {"add": [{"value": "wren"}]}
    refused = await alice.call("POST", "/2/tweets/search/stream/rules", json=rule)
    assert refused.status == 401
    assert (await alice.change_profile(name="Back")).status == 404
    assert (await bob.follow(alice)).status == 404


async def test_what_was_let_in_before_is_undone_too(
    alice: Person, stores: Stores, servers: Servers, log: Log
) -> None:
    """The person's last request comes to the log when all else is undone."""
    user = int(alice.id)
    await alice.tweet("First")

    async def undone(number: int) -> None:
        async with asyncio.timeout(SECONDS):
            while len((await look(servers.kafka, user)).standing) != number:
                await asyncio.sleep(0.05)

    running = asyncio.create_task(erase(stores, servers.kafka, user, nobody_looks))
    began = time.monotonic()
    await undone(0)
    number = fresh_number()
    late = TweetPosted(
        event_id=number, at=1, actor=user, request_id="", tweet_id=number, text="Late"
    )
    await log.append(late)
    done = await running
    assert time.monotonic() - began >= 5.0  # of the six, most of which are left when it begins
    assert (done.undone, done.last.standing) == ({"tweets": 2}, [])
    assert (await look(servers.kafka, user)).standing == []


async def test_one_that_was_killed_is_gone_on_with_even_by_two_at_once(
    alice: Person, bob: Person, stack: Stack, stores: Stores, servers: Servers, tmp_path: Path
) -> None:  # fmt: skip
    tweets = [await alice.tweet(f"number {number}") for number in range(5)]
    await bob.follow(alice)
    environment = stack.servers.environ() | {"BIRDLOG_HOME": str(tmp_path)}
    command = ("streams", "user", "erase", alice.username, "--yes")
    killed = await start(*command, environment=environment, log=tmp_path / "killed.log")
    async with within(SECONDS, killed):
        while await stores.postgres.fetchval(
            "SELECT count(*) FROM accounts WHERE user_id = $1", int(alice.id)
        ):
            await asyncio.sleep(0.001)
        killed.kill()
        await killed.wait()
    person = await whom(stores, servers.kafka, alice.username)
    assert (str(person.user_id), person.username) == (alice.id, None)
    again = [erase(stores, servers.kafka, person.user_id, nobody_looks) for _ in range(2)]
    assert [one.closed for one in await asyncio.gather(*again)] == [None] * 2
    assert (await look(servers.kafka, int(alice.id))).standing == []
    await caught_up(stores, servers.kafka, seconds=SECONDS)
    assert [(await bob.lookup(tweet)).status for tweet in tweets] == [404] * 5
    shown = await bob.call("GET", f"/2/users/{bob.id}/following")
    assert shown.body["meta"]["result_count"] == 0
