"""The demo: what it writes, what it prints, and what is answered to that."""

import asyncio
import re
import shlex
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from typing import NamedTuple

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from deploy.stack import Stack
from events.bulk import BulkAppender
from gateway.accounts import Accounts
from gateway.admission import MANY
from gateway.app import make_app
from gateway.leases import leased_snowflakes
from projections.stores import Stores
from schemas.servers import Servers
from streams.lag import caught_up
from streams.load import Loader
from streams.questions import QUESTIONS, Friend, questions
from streams.world import FRIENDS, small_world
from tests.gateway.streams import Stream, listening
from tests.person import Person, Reply
from tests.streams.test_cli import SECONDS, Ran, run


class Printed(NamedTuple):
    """A line that asks something: who, what, and the path."""

    who: str
    what: str
    path: str
    head: bool


class Shown(NamedTuple):
    """What was shown after one that had been broken off, and after a whole one, and what alice had
    pinned each time."""

    broken_off: Ran
    whole: Ran
    pinned: list[int | None]


@pytest.fixture(scope="module")
async def shown(
    stack: Stack,
    servers: Servers,
    stores: Stores,
    workers: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Shown:
    environment = stack.servers.environ()
    environment |= {"BIRDLOG_HOME": str(tmp_path_factory.mktemp("home"))}
    accounts = Accounts(stores.postgres)
    async with leased_snowflakes(stores.postgres) as ids, BulkAppender(servers.kafka) as appender:
        await Loader(accounts, appender, ids, lambda *_: None).people(small_world().names)
    pinned = []
    broken_off = await run("demo", "--json", environment=environment)
    pinned.append((await accounts.by_usernames(["alice"]))["alice"].pinned)
    whole = await run("demo", environment=environment)
    pinned.append((await accounts.by_usernames(["alice"]))["alice"].pinned)
    await caught_up(stores, servers.kafka, seconds=SECONDS)
    return Shown(broken_off, whole, pinned)


@pytest.fixture
async def limited(servers: Servers, workers: None) -> AsyncIterator[str]:
    """The address of a gateway that counts requests, and lets more of them through than are made
    here."""
    server = TestServer(make_app(servers, limits_times=1_000, few_at_once=MANY))
    await server.start_server()
    yield str(server.make_url("")).rstrip("/")
    await server.close()


async def test_one_that_was_broken_off_is_written_again_and_a_whole_one_stays(
    shown: Shown, stores: Stores
) -> None:
    assert shown.pinned[0] is not None
    assert shown.pinned[0] == shown.pinned[1]
    users = shown.broken_off.json["users"]
    assert [user["username"] for user in users] == list(FRIENDS)
    accounts = Accounts(stores.postgres)
    for user in users:
        assert user["token"].startswith("birdlog_")
        assert (await accounts.by_ids([int(user["id"])])).keys() == {int(user["id"])}


async def test_every_question_that_is_printed_has_an_answer(shown: Shown, limited: str) -> None:
    out = shown.whole.out
    tokens = dict(re.findall(r"^ +([A-Z]+)='Authorization: Bearer (birdlog_\S+)'$", out, re.M))
    printed = list(asked(out))
    assert [(one.who, one.what, one.head) for one in printed] == [
        (one.who, one.what, one.head) for several in QUESTIONS.values() for one in several
    ]
    async with ClientSession() as session:
        people = {
            name: Person(session, limited, "", name, tokens[name.upper()]) for name in FRIENDS
        }
        for one in printed:
            if not one.path.endswith("/stream"):
                reply = await people[one.who].call("GET", one.path)
                assert reply.status == 200, (one, reply.body)
                assert says_something(reply), (one, reply.body)
                assert not one.head or one.what in reply.headers
        async with AsyncExitStack() as open_streams:
            for one in printed:
                if one.path.endswith("/stream"):
                    hears = listening(people[one.who], one.path)
                    stream = await open_streams.enter_async_context(hears)
                    await heard(stream, people["bob"])


def asked(out: str) -> Iterator[Printed]:
    """The lines that a shell can take, taken apart by its rules."""
    for line in out.splitlines():
        before, found, command = line.partition(" curl ")
        if found:
            options, header, address = shlex.split(command)
            who, what = before.split(maxsplit=1)
            assert header == f"${who.upper()}"
            path = "/" + address.split("/", 3)[3]
            yield Printed(who, what.strip(), path, head="i" in options)


def says_something(reply: Reply) -> bool:
    """Data, and a document, that are not empty; figures that are not all nought."""
    if "openapi" in reply.body:
        return bool(reply.body["paths"])
    data = reply.body.get("data")
    if isinstance(data, dict) and data.keys() == {"unread_count"}:
        return bool(data["unread_count"])
    return bool(data) and reply.body.get("meta", {}).get("total_tweet_count") != 0


async def heard(stream: Stream, author: Person) -> None:
    """Something that the author writes meanwhile comes out of the stream."""
    line = asyncio.create_task(stream.next())
    number = 0
    while not line.done():
        number += 1
        await author.tweet(f"Warbler {number} #birding")
        await asyncio.sleep(0.01)
    assert "#birding" in (await line)["data"]["text"]


def test_what_is_not_pinned_any_more_is_not_asked_for() -> None:
    friends = {name: Friend("7", name, "t", None) for name in FRIENDS}
    asked = questions(friends)
    assert "A thread" not in asked
    assert all("{" not in one.path for several in asked.values() for one in several)
    pinned = {name: Friend("7", name, "t", "8") for name in FRIENDS}
    assert questions(pinned).keys() == QUESTIONS.keys()
