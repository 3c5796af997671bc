"""Streams: what is written comes at once, to those who want it and may see it."""

import asyncio
import itertools
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import tweepy
import xdk
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from xdk.stream.models import UpdateRulesRequest
from xdk.streaming import StreamConfig

from events.log import Log
from events.tasks import cancel_all
from gateway import hub, live, telling, tokens
from gateway.accounts import Accounts
from gateway.admission import MANY
from gateway.app import make_app
from gateway.facts import Fact
from gateway.hub import HUB, Streaming
from gateway.limits import OFF
from gateway.listener import Heard, Listener, Sample
from gateway.problems import invalid
from gateway.telling import told
from projections.stores import Stores
from schemas.events import ReplyDeleted, ReplyPosted, TweetDeleted, TweetPosted, UserBlocked
from schemas.ids import first_id_at
from schemas.servers import Servers
from tests.conftest import Register
from tests.gateway.problems import assert_problem
from tests.gateway.streams import FILTER, LINE_SECONDS, RULES, Stream, add_rules, listening, post_of
from tests.media import pictures
from tests.media.test_attached import uploaded
from tests.person import Person
from tests.x_clients import Redirected

_words = itertools.count(time.time_ns())

HUNDREDTH, TENTH = Sample(1), Sample(10)
SAMPLE, SAMPLE10 = "/2/tweets/sample/stream", "/2/tweets/sample10/stream"


@pytest.fixture
def word() -> str:
    """One that nobody else writes."""
    return f"heron{next(_words)}"


Elsewhere = Callable[..., Awaitable[Person]]


@pytest.fixture
async def elsewhere(servers: Servers, workers: None, alice: Person) -> AsyncIterator[Elsewhere]:
    """Alice at a gateway of her own, with streams as said."""
    async with AsyncExitStack() as stack:

        async def start(**settings: Any) -> Person:
            streaming = Streaming(**settings)
            server = TestServer(
                make_app(servers, limits_times=OFF, few_at_once=MANY, streaming=streaming)
            )
            await server.start_server()
            stack.push_async_callback(server.close)
            session = await stack.enter_async_context(ClientSession())
            address = str(server.make_url("")).rstrip("/")
            return Person(session, address, alice.id, alice.username, alice.token)

        yield start


async def test_what_matches_a_rule_comes_with_the_rule(
    alice: Person, bob: Person, word: str
) -> None:
    (rule,) = (await add_rules(alice, f"{word} from:{bob.username}", tag="bob's")).data
    params = {"tweet.fields": "author_id,created_at", "expansions": "author_id"}
    async with listening(alice, **params) as stream:
        assert stream.response.headers["X-Request-ID"]
        await alice.tweet(f"{word} by alice")
        await bob.tweet("another word")
        tweet_id = await bob.tweet(f"A {word} by bob")
        item = await stream.next()
    assert item["data"]["id"] == tweet_id
    assert item["data"]["text"] == f"A {word} by bob"
    assert item["data"]["author_id"] == bob.id
    assert item["data"]["created_at"].endswith("Z")
    assert item["data"]["edit_history_post_ids"] == [tweet_id]
    assert [user["id"] for user in item["includes"]["users"]] == [bob.id]
    assert item["matching_rules"] == [{"id": rule["id"], "tag": "bob's"}]


async def test_replies_quotes_and_new_versions_come_and_deletions_do_not(
    alice: Person, bob: Person, word: str
) -> None:
    await add_rules(alice, word)
    async with listening(alice, **{"tweet.fields": "referenced_tweets"}) as stream:
        tweet_id = await bob.tweet(f"{word} one")
        assert await stream.next_id() == tweet_id
        reply = await bob.tweet(f"{word} two", reply={"in_reply_to_tweet_id": tweet_id})
        item = await stream.next()
        assert item["data"]["id"] == reply
        assert item["data"]["referenced_tweets"] == [{"type": "replied_to", "id": tweet_id}]
        edited = await bob.edit(tweet_id, f"{word} three")
        item = await stream.next()
        assert item["data"]["id"] == tweet_id
        assert item["data"]["text"] == f"{word} three"
        assert item["data"]["edit_history_tweet_ids"] == edited.data["edit_history_tweet_ids"]
        await bob.delete(tweet_id)
        last = await bob.tweet(f"{word} four", quote_tweet_id=reply)
        assert await stream.next_id() == last


async def test_a_retweet_matches_by_the_media_that_it_shows(
    alice: Person, bob: Person, carla: Person, word: str
) -> None:
    photo = (await uploaded(bob, pictures.photo("JPEG"))).data["id"]
    tweet_id = await bob.tweet(word, media={"media_ids": [photo]})
    await add_rules(alice, f"{word} has:media", f"{word} has:images -has:videos")
    await add_rules(alice, f"{word} -has:media", tag="none")
    async with listening(alice, **{"tweet.fields": "attachments"}) as stream:
        retweet = await carla.retweet(tweet_id)
        item = await stream.next()
        assert item["data"].keys() == (await carla.lookup(retweet)).data.keys()
        assert item["data"]["id"] == retweet
        assert [rule["tag"] for rule in item["matching_rules"]] == ["", ""]


async def test_a_retweet_matches_by_who_retweets_whom_and_by_what_it_shows(
    alice: Person, bob: Person, carla: Person, word: str
) -> None:
    tweet_id = await bob.tweet(word)
    await add_rules(alice, f"retweets_of:{bob.username}", f"{word} is:retweet", f"{word} is:quote")
    async with listening(alice, **{"tweet.fields": "referenced_tweets"}) as stream:
        for _ in range(2):
            path = f"/2/users/{carla.id}/retweets"
            retweet = await carla.call("POST", path, json={"tweet_id": tweet_id})
        item = await stream.next()
        assert item["data"]["id"] == retweet.data["rest_id"]
        assert item["data"]["text"] == f"RT @{bob.username}: {word}"
        assert item["data"]["referenced_tweets"] == [{"type": "retweeted", "id": tweet_id}]
        assert len(item["matching_rules"]) == 2
        await add_rules(alice, word)
        last = await bob.tweet(f"{word} again")
        assert await stream.next_id() == last


async def test_rules_ask_for_a_language(alice: Person, word: str) -> None:
    await add_rules(alice, f"{word} lang:de")
    async with listening(alice) as stream:
        await alice.tweet(f"{word} and this one was written in the English language of today")
        tweet_id = await alice.tweet(f"{word} und dieser hier wurde auf Deutsch geschrieben, ja")
        assert await stream.next_id() == tweet_id


async def test_rules_change_under_a_running_stream(alice: Person, word: str) -> None:
    async with listening(alice) as stream:
        (rule,) = (await add_rules(alice, word)).data
        tweet_id = await alice.tweet(f"{word} at once")
        assert await stream.next_id() == tweet_id
        await alice.call("POST", RULES, json={"delete": {"ids": [rule["id"]]}})
        await add_rules(alice, f"{word}x")
        await alice.tweet(f"{word} unheard")
        again = await alice.tweet(f"{word}x")
        assert await stream.next_id() == again


async def test_rules_change_elsewhere_too(alice: Person, elsewhere: Elsewhere, word: str) -> None:
    async with listening(await elsewhere()) as stream:
        await add_rules(alice, word)
        assert await shown(stream, alice, word)


async def shown(stream: Stream, person: Person, word: str) -> bool:
    """Whether a tweet comes, of those posted for some seconds until one does."""
    coming = asyncio.create_task(stream.next())
    try:
        async with asyncio.timeout(60):
            while not coming.done():
                await person.tweet(f"{word} {next(_words)}")
                await asyncio.wait([coming], timeout=0.2)
    finally:
        await cancel_all([coming])
    return word in coming.result()["data"]["text"]


async def test_a_name_in_a_rule_means_who_has_it(alice: Person, bob: Person, word: str) -> None:
    await add_rules(alice, f"@{bob.username} {word}")
    async with listening(alice) as stream:
        await bob.tweet(f"{word} alone")
        tweet_id = await alice.tweet(f"{word} for @{bob.username}")
        assert await stream.next_id() == tweet_id


async def test_a_rule_takes_a_user_by_id(alice: Person, bob: Person, word: str) -> None:
    added = await add_rules(alice, f"from:{bob.id} {word}", f"to:{alice.id} {word}")
    assert added.status == 201, added.body
    async with listening(alice) as stream:
        tweet_id = await alice.tweet(f"{word} by alice")
        by_bob = await bob.tweet(f"{word} by bob")
        assert await stream.next_id() == by_bob
        reply = await alice.reply(tweet_id, f"{word} to alice")
        assert await stream.next_id() == reply


async def test_blocks_stay_out(
    alice: Person, bob: Person, carla: Person, register: Register, word: str, elsewhere: Elsewhere
) -> None:
    """Whoever has blocked the listener, and whom the listener has blocked; others hear them."""
    somebody = await register("dora")
    for listener in (alice, somebody):
        await add_rules(listener, word)
    await bob.block(alice)
    await alice.block(carla)
    alice.has_seen(bob)
    assert (await alice.call("GET", f"/2/users/{alice.id}/followers")).status == 200
    there = await elsewhere()
    async with (
        listening(alice) as stream,
        listening(there) as far,
        listening(somebody) as witness,
    ):
        heard = {await bob.tweet(f"{word} by bob"), await carla.tweet(f"{word} by carla")}
        assert {await witness.next_id(), await witness.next_id()} == heard
        kept = await alice.tweet(f"{word} by alice")
        assert [await stream.next_id(), await far.next_id()] == [kept, kept]


async def test_protected_accounts_are_in_no_stream(
    alice: Person, bob: Person, carla: Person, log: Log, word: str
) -> None:
    """Not even in that of a follower, nor in a sample."""
    await add_rules(alice, word)
    await alice.follow(bob)
    await bob.protect()
    ids = (first_id_at(time.time_ns() // 1_000_000) + n for n in itertools.count())
    hidden, kept = (next(n for n in ids if HUNDREDTH.has(n)) for _ in range(2))
    async with listening(alice) as stream, listening(carla, SAMPLE) as sample:
        bob.seen["tweets"] = str(await log.append(post_of(bob, hidden, word)))
        assert (await bob.lookup(str(hidden))).status == 200
        await log.append(post_of(carla, kept, word))
        assert [await stream.next_id(), await until(sample, word)] == [str(kept)] * 2


async def test_a_sample_is_the_same_for_everybody(
    alice: Person, bob: Person, log: Log, word: str
) -> None:
    ids = (first_id_at(time.time_ns() // 1_000_000) + n for n in itertools.count())
    chosen = next(n for n in ids if HUNDREDTH.has(n))
    tenth = next(n for n in ids if TENTH.has(n) and not HUNDREDTH.has(n))
    rest = next(n for n in ids if not TENTH.has(n))
    async with listening(alice, SAMPLE) as first, listening(bob, SAMPLE10) as second:
        for number in (rest, tenth, chosen):
            await log.append(post_of(bob, number, word))
        heard = [await until(first, word), await until(second, word), await until(second, word)]
    assert heard[0] == str(chosen)
    assert sorted(heard[1:]) == sorted([str(tenth), str(chosen)])


async def until(stream: Stream, word: str) -> str:
    """The id of the next tweet with that word: others write too, and a sample has them all."""
    while word not in (item := await stream.next())["data"]["text"]:
        pass
    return str(item["data"]["id"])


def test_a_sample_has_its_share() -> None:
    ids = [first_id_at(1_700_000_000_000 + n * 37) for n in range(50_000)]
    assert 400 < sum(HUNDREDTH.has(n) for n in ids) < 600
    assert 4_700 < sum(TENTH.has(n) for n in ids) < 5_300
    assert all(TENTH.has(n) for n in ids if HUNDREDTH.has(n))


def test_the_partitions_of_a_sample_are_its_halves() -> None:
    ids = [first_id_at(1_700_000_000_000 + n * 37) for n in range(50_000)]
    halves = [{n for n in ids if Sample(10, partition).has(n)} for partition in (1, 2)]
    assert halves[0].isdisjoint(halves[1])
    assert halves[0] | halves[1] == {n for n in ids if TENTH.has(n)}
    assert all(2_300 < len(half) < 2_700 for half in halves)


async def test_a_quiet_stream_is_kept_alive(elsewhere: Elsewhere) -> None:
    alice = await elsewhere(keep_alive_seconds=0.05)
    async with listening(alice) as stream:
        assert [await stream.line() for _ in range(3)] == [b"", b"", b""]


async def test_a_stream_is_kept_alive_while_nothing_heard_may_be_seen(
    elsewhere: Elsewhere, bob: Person, log: Log, word: str
) -> None:
    alice = await elsewhere(keep_alive_seconds=1.0)
    await add_rules(alice, word)
    block = UserBlocked(event_id=1, at=1, actor=int(bob.id), request_id="t", target=int(alice.id))
    alice.seen["graph"] = str(await log.append(block))
    assert (await alice.call("GET", f"/2/users/{alice.id}/followers")).status == 200

    async def chatter() -> None:
        for number in itertools.count(first_id_at(time.time_ns() // 1_000_000)):
            await log.append(post_of(bob, number, word))
            await asyncio.sleep(0.2)

    async with listening(alice) as stream:
        talking = asyncio.create_task(chatter())
        try:
            async with asyncio.timeout(5):
                assert [await stream.line() for _ in range(2)] == [b"", b""]
        finally:
            await cancel_all([talking])


async def test_what_is_deleted_while_it_waits_is_not_told(
    alice: Person, bob: Person, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a client reads slowly, or a store is away."""
    may_go = asyncio.Event()
    take = Listener.take

    async def later(listener: Listener) -> list[Heard]:
        heard = await take(listener)
        await may_go.wait()
        return heard

    monkeypatch.setattr(Listener, "take", later)
    monkeypatch.setattr(telling, "SOON_MS", -1)
    await add_rules(alice, word)
    quoted = await bob.tweet("Something else")
    async with listening(alice) as stream:
        gone = await bob.tweet(f"{word} gone")
        retweeted = await bob.tweet(f"{word} gone too")
        alice.has_seen(bob)
        await alice.retweet(retweeted)
        repeated = await bob.tweet(f"{word} repeated")
        alice.has_seen(bob)
        await alice.retweet(repeated)
        await alice.undo_retweet(repeated)
        stays = await bob.tweet(f"{word} stays", quote_tweet_id=quoted)
        for tweet in (gone, retweeted):
            await bob.delete(tweet)
        alice.has_seen(bob)
        assert (await alice.lookup(gone)).status == 404
        assert (await alice.lookup(retweeted)).status == 404
        may_go.set()
        assert [await stream.next_id() for _ in range(2)] == [repeated, stays]


async def test_what_is_taken_back_at_once_is_not_told() -> None:
    def fact(number: int, actor: int = 7) -> Fact:
        return Fact(event_id=number, at=number, actor=actor, request_id="t")

    posted = [TweetPosted(**fact(number), tweet_id=number, text="a") for number in (1, 2, 3)]
    reply = ReplyPosted(
        **fact(4), tweet_id=4, text="a", root=1, root_author=7, parent=1, parent_author=7
    )
    deleted = [
        TweetDeleted(**fact(5), tweet_id=1),
        TweetDeleted(**fact(6, actor=8), tweet_id=2),
        ReplyDeleted(**fact(7), tweet_id=4),
    ]
    nobody: Any = None  # is asked only for what is not among the events
    found = await told(nobody, [deleted[0], *posted, reply, *deleted[1:]])
    assert [one.tweet.tweet_id for one in found] == [2, 3]


@pytest.mark.parametrize("error", [RuntimeError("a bug"), invalid("what stays wrong")])
async def test_one_whose_line_cannot_be_told_hears_so(
    elsewhere: Elsewhere, word: str, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Whatever goes wrong under a stream, what ends it is its last line."""

    async def broken(*_: Any) -> None:
        raise error

    alice = await elsewhere()
    await add_rules(alice, word)
    async with listening(alice) as stream:
        monkeypatch.setattr(live, "tweet_objects", broken)
        await alice.tweet(word)
        (said,) = (await stream.next())["errors"]
        assert "birdlog failed" in said["detail"]
        assert await stream.ends()
        assert stream.response.headers["Connection"] == "close"


async def test_one_who_does_not_read_is_dropped_and_the_others_are_not(
    elsewhere: Elsewhere, bob: Person, log: Log, word: str
) -> None:
    rounds, burst = 20, 20
    alice = await elsewhere(capacity=burst + 10)
    await add_rules(alice, word)
    first = first_id_at(time.time_ns() // 1_000_000)
    slow = await connected_with_small_buffers(alice)
    async with listening(alice) as stream:
        for start in range(first, first + rounds * burst, burst):
            ids = range(start, start + burst)
            text = f"{word} {'x' * 8_000}"  # more than the buffers of a connection hold in all
            await asyncio.gather(*(log.append(post_of(bob, number, text)) for number in ids))
            heard = {await stream.next_id() for _ in ids}
            assert heard == {str(number) for number in ids}
    lines = await rest_of(slow)
    assert 0 < len(lines) < rounds * burst
    slow.close()


async def connected_with_small_buffers(person: Person) -> socket.socket:
    """A connection on which the head of a stream was read, and nothing after it."""
    loop = asyncio.get_running_loop()
    host, _, port = person.gateway.removeprefix("http://").partition(":")
    slow = socket.socket()
    slow.setblocking(False)
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    await loop.sock_connect(slow, (host, int(port)))
    head = f"GET {FILTER} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {person.token}\r\n\r\n"
    await loop.sock_sendall(slow, head.encode())
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        received += await loop.sock_recv(slow, 1)
    assert received.startswith(b"HTTP/1.1 200")
    return slow


async def rest_of(connection: socket.socket) -> list[bytes]:
    """What still comes, until the connection ends."""
    loop, received = asyncio.get_running_loop(), b""
    async with asyncio.timeout(60):
        try:
            while some := await loop.sock_recv(connection, 65_536):
                received += some
        except ConnectionResetError:
            pass
    return [line for line in received.split(b"\n") if line.startswith(b"{")]


async def test_nobody_has_too_many_streams_and_a_closed_one_makes_room(
    elsewhere: Elsewhere,
) -> None:
    alice = await elsewhere(per_user=1, keep_alive_seconds=0.05)
    async with listening(alice):
        assert_problem(await alice.call("GET", FILTER), 429, "1 streams")
    async with asyncio.timeout(60), ClientSession(headers=alice.credentials) as session:
        while True:
            async with session.get(f"{alice.gateway}{FILTER}") as response:
                if response.status == 200:
                    assert await Stream(response).line() == b""
                    return
                assert response.status == 429
            await asyncio.sleep(0.05)


async def test_a_gateway_that_stops_says_so_to_its_streams(
    servers: Servers, workers: None, alice: Person
) -> None:
    server = TestServer(make_app(servers, limits_times=OFF, few_at_once=MANY))
    await server.start_server()
    async with ClientSession() as session:
        address = str(server.make_url("")).rstrip("/")
        there = Person(session, address, alice.id, alice.username, alice.token)
        async with listening(there) as stream:
            closing = asyncio.create_task(server.close())
            (error,) = (await stream.next())["errors"]
            assert error["title"] == "operational-disconnect"
            assert "stopped" in error["detail"]
            assert await stream.ends()
            async with asyncio.timeout(10):
                await closing


async def test_a_revoked_token_ends_its_streams(
    elsewhere: Elsewhere, bob: Person, stores: Stores, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "REMEMBER_SECONDS", 0.0)
    alice = await elsewhere(keep_alive_seconds=0.05)
    seldom = await elsewhere(keep_alive_seconds=30.0)
    await add_rules(alice, word)
    async with listening(alice) as quiet, listening(seldom) as stream:
        await bob.tweet(word)
        for one in (quiet, stream):
            assert (await one.next())["data"]["text"] == word
        assert await Accounts(stores.postgres).revoke(int(alice.id)) == (1, 0, 0)
        await bob.tweet(f"{word} again")
        for one in (quiet, stream):
            (error,) = (await one.next())["errors"]
            assert "token" in error["detail"]
            assert await one.ends()


async def test_streams_begin_again_while_those_that_failed_still_leave(
    servers: Servers, workers: None, alice: Person, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(servers, limits_times=OFF, few_at_once=MANY)

    async def broken(*_: Any) -> None:
        raise RuntimeError("a bug")

    async with TestServer(app), asyncio.timeout(30):
        streams = app[HUB]
        async with streams.listening(int(alice.id), Sample(100)) as slow:
            with monkeypatch.context() as failing:
                failing.setattr(hub, "told", broken)
                await alice.tweet(word)
                while slow.ended is None:
                    await asyncio.sleep(0.01)
            async with streams.listening(int(alice.id), Sample(100)) as listener:
                await alice.tweet(f"{word} again")
                told: list[str] = []
                while f"{word} again" not in told:
                    told += [heard.tweet.text for heard in await listener.take()]
                    assert listener.ended is None


async def test_wrong_parameters_are_refused_before_anything_streams(alice: Person) -> None:
    assert_problem(
        await alice.call("GET", FILTER, params={"tweet.fields": "colour"}), 400, "colour"
    )
    wrong = await alice.call("GET", FILTER, headers={"Authorization": "Bearer wrong"})
    assert wrong.status == 401
    async with asyncio.timeout(LINE_SECONDS):
        nowhere = await alice.call("GET", FILTER, headers={"Host": "x:abc"})
    assert_problem(nowhere, 400, "Host")


async def test_tweepy_listens(alice: Person, bob: Person, word: str) -> None:
    heard: asyncio.Queue[Any] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    connected = threading.Event()

    class Listening(tweepy.StreamingClient):  # type: ignore[misc]
        def on_connect(self) -> None:
            connected.set()

        def on_response(self, response: Any) -> None:
            loop.call_soon_threadsafe(heard.put_nowait, response)

    client = Listening(alice.token)
    client.session.mount("https://api.twitter.com", Redirected(alice.gateway))
    added = await asyncio.to_thread(client.add_rules, tweepy.StreamRule(word, tag="birds"))
    tried = await asyncio.to_thread(client.add_rules, tweepy.StreamRule("owl"), dry_run=True)
    assert tried.data[0].value == "owl"
    known = await asyncio.to_thread(client.get_rules)
    assert [(rule.value, rule.tag) for rule in known.data] == [(word, "birds")]
    thread = client.filter(threaded=True, tweet_fields=["author_id"], expansions=["author_id"])
    assert await asyncio.to_thread(connected.wait, 10)
    tweet_id = await bob.tweet(f"A {word}")
    async with asyncio.timeout(10):
        response = await heard.get()
    assert response.data.id == int(tweet_id)
    assert response.data.author_id == int(bob.id)
    assert response.includes["users"][0].username == bob.username
    assert [(rule.id, rule.tag) for rule in response.matching_rules] == [
        (added.data[0].id, "birds")
    ]
    client.disconnect()
    await bob.tweet(f"Another {word}")  # tweepy looks at `running` when a line comes
    await asyncio.to_thread(thread.join, 10)
    assert not thread.is_alive()
    deleted = await asyncio.to_thread(client.delete_rules, [rule.id for rule in known.data])
    assert deleted.meta["summary"]["deleted"] == 1
    client.session.close()


async def test_xdk_listens(alice: Person, bob: Person, word: str) -> None:
    client = xdk.Client(base_url=alice.gateway, access_token=alice.token, bearer_token=alice.token)
    body = UpdateRulesRequest(add=[{"value": word, "tag": "birds"}])
    updated = await asyncio.to_thread(client.stream.update_rules, body=body)
    (page,) = await asyncio.to_thread(lambda: list(client.stream.get_rules()))
    assert [rule.id for rule in page.data] == [updated.data[0].id]
    counts = await asyncio.to_thread(client.stream.get_rule_counts)
    assert counts.data.client_app_rules_count.rule_count == 1
    connected = threading.Event()
    config = StreamConfig(max_retries=0, on_connect=connected.set, chunk_size=1, timeout=15)
    posts = client.stream.posts(
        tweet_fields=["author_id"], expansions=["author_id"], stream_config=config
    )
    first = asyncio.create_task(asyncio.to_thread(next, posts))
    assert await asyncio.to_thread(connected.wait, 10)
    tweet_id = await bob.tweet(f"A {word}")
    async with asyncio.timeout(10):
        post = await first
    assert (post.data.id, post.data.author_id) == (tweet_id, bob.id)
    assert post.matching_rules[0].tag == "birds"
    await asyncio.to_thread(posts.close)
    client.session.close()


LATER = {"backfill_minutes": 1, "start_time": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize(
    ("name", "sample", "more"),
    [
        ("posts_sample", HUNDREDTH, {"backfill_minutes": 1}),
        ("posts_sample10", Sample(10, 1), {"partition": 1, **LATER}),
        ("posts_sample10", Sample(10, 2), {"partition": 2, **LATER}),
        ("posts", None, LATER),
    ],
)
async def test_xdk_listens_to_every_stream(
    alice: Person,
    bob: Person,
    log: Log,
    word: str,
    name: str,
    sample: Sample | None,
    more: dict[str, Any],
) -> None:
    """With all that it sends: of a sample in parts, what is in the other part does not come."""
    await add_rules(alice, word)
    ids = (first_id_at(time.time_ns() // 1_000_000) + n for n in itertools.count())
    left_out = next(n for n in ids if sample is None or (TENTH.has(n) and not sample.has(n)))
    told = next(n for n in ids if sample is None or sample.has(n))
    client = xdk.Client(base_url=alice.gateway, access_token=alice.token)
    connected = threading.Event()
    config = StreamConfig(max_retries=0, on_connect=connected.set, chunk_size=1, timeout=15)
    posts = getattr(client.stream, name)(**more, stream_config=config)

    def first() -> str:
        return next(str(post.data.id) for post in posts if word in post.data.text)

    hearing = asyncio.create_task(asyncio.to_thread(first))
    assert await asyncio.to_thread(connected.wait, 10)
    if sample is not None:
        await log.append(post_of(bob, left_out, word))
    await log.append(post_of(bob, told, word))
    async with asyncio.timeout(10):
        assert await hearing == str(told)
    await asyncio.to_thread(posts.close)
    client.session.close()
