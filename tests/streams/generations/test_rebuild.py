"""Views built anew while they are read and written: compared, switched to, gone back from.

Workers and rebuilds are processes, as they are outside of tests, where that matters.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import count
from signal import SIGINT, SIGKILL, Signals
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer, make_mocked_request

from events.reader import ends_of
from gateway.accounts import Accounts, Registration
from gateway.admission import MANY
from gateway.app import make_app
from gateway.leases import leased_snowflakes
from gateway.limits import OFF
from gateway.state import GATEWAY, gateway_of
from projections import generations
from projections.cache import CacheView
from projections.cache.values import key_of
from projections.generations import Generations
from projections.graph import Graph
from projections.lists import ListsView
from projections.registry import VIEWS, Readers
from projections.stores import Stores
from projections.timelines import TimelinesView
from projections.timelines.entries import Post
from projections.tweets import TweetsView
from projections.view import Batch, View
from schemas.events import TweetPosted
from streams.places import Place
from streams.rebuilding import building, comparing
from streams.rebuilding.building import Rebuilt, rebuild
from streams.rebuilding.builds import Build, Purpose, begin, note_clean, under_way
from streams.rebuilding.claims import alone_with
from streams.rebuilding.ending import Ended, end
from streams.rebuilding.filling import bring
from streams.rebuilding.meeting import meet
from tests.person import Person, Reply
from tests.streams.aviary import SECONDS, Aviary
from tests.streams.test_cli import Birdlog, run


@dataclass
class Town:
    """Two people, one of whom follows the other, and all that was said, the newest first.

    Somebody who passes by asks for nothing that was just written.
    """

    aviary: Aviary
    app: web.Application
    wren: Person
    finch: Person
    passer_by: Person
    said: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    reads: int = 0
    glances: int = 0

    async def say(self, text: str) -> str:
        tweet = await self.finch.tweet(text)
        self.said.insert(0, tweet)
        return tweet

    async def do_all(self, number: int) -> None:
        """One of every kind. Only an edit waits for a view, and may do so in vain."""
        wren, finch = self.wren, self.finch
        tweet = await self.say(f"number {number} of many @{wren.username}")
        known = self.said[:4][-1]
        self.answers.insert(0, await wren.reply(known, f"what is {number} #{number}"))
        answer = self.answers[:4][-1]
        edited = await finch.edit(tweet, f"number {number}, better")
        assert edited.status in (201, 503), edited.body
        listed = await wren.call("POST", "/2/lists", json={"name": f"list {number}"})
        assert listed.status == 201, listed.body
        for what, about in (("likes", answer), ("retweets", answer), ("bookmarks", known)):
            path = f"/2/users/{finch.id}/{what}"
            done = await finch.call("POST", path, json={"tweet_id": about})
            assert done.status == 200, done.body

    async def write(self) -> None:
        """For ever."""
        for number in count(1):
            await self.do_all(number)
            await asyncio.sleep(0.2)

    async def look(self) -> None:
        """Everything that was written before, once each and in order."""
        said = list(self.said)
        self.wren.has_seen(self.finch)
        home = await self.wren.home(max_results="100", **{"tweet.fields": "author_id"})
        if waited(home):
            own = [t["id"] for t in home.data if t["author_id"] == self.finch.id]
            seen = [tweet for tweet in own if tweet in said]
            assert seen == said[: len(seen)]
            assert len(seen) >= min(len(said), 30)
        newest = await self.wren.lookup(said[0], **{"tweet.fields": "public_metrics"})
        if waited(newest):
            assert newest.data["text"].startswith("number")
        for path in self.paths(said[0]):
            waited(await self.wren.call("GET", path))

    async def glance(self) -> None:
        """Whatever there is: no view that is held keeps anybody from an answer."""
        home = await self.passer_by.home(max_results="100")
        assert home.status == 200, home.body
        assert home.data
        oldest = await self.passer_by.lookup(self.said[-1], **{"tweet.fields": "public_metrics"})
        assert oldest.status == 200, oldest.body
        assert oldest.data["text"].startswith("number")
        for path in self.paths(self.said[-1]):
            found = await self.passer_by.call("GET", path)
            assert found.status == 200, found.body

    def paths(self, tweet: str) -> tuple[str, ...]:
        return (
            f"/2/users/{self.finch.id}?user.fields=public_metrics",
            f"/2/users/{self.finch.id}/liked_tweets",
            f"/2/users/{self.wren.id}/mentions",
            f"/2/users/{self.wren.id}/owned_lists",
            f"/2/tweets/{tweet}/replies",
        )

    async def read(self) -> None:
        """For ever."""
        while True:
            await self.look()
            self.reads += 1
            await asyncio.sleep(0.01)

    async def pass_by(self) -> None:
        """For ever."""
        while True:
            await self.glance()
            self.glances += 1
            await asyncio.sleep(0.01)


def waited(reply: Reply) -> bool:
    """Whether one who asks for what was just written gets it: a view that is held may take longer
    than anybody waits."""
    assert reply.status in (200, 503), reply.body
    return reply.status == 200


@pytest.fixture(scope="module")
async def town(aviary: Aviary) -> AsyncIterator[Town]:
    worker = await aviary.start_worker()
    app = make_app(aviary.servers, limits_times=OFF, few_at_once=MANY)
    accounts = Accounts(aviary.stores.postgres)
    async with (
        TestServer(app) as server,
        ClientSession() as session,
        leased_snowflakes(aviary.stores.postgres) as ids,
    ):
        address = str(server.make_url("")).rstrip("/")

        async def person(name: str) -> Person:
            user = await accounts.register(Registration(username=name, name=name), ids, "t")
            token = await accounts.issue_token(user.user_id)
            return Person(session, address, str(user.user_id), name, token)

        wren, finch = await person("town_wren"), await person("town_finch")
        passer_by = Person(session, address, wren.id, wren.username, wren.token)
        town = Town(aviary, app, wren, finch, passer_by)
        await town.wren.follow(town.finch)
        await aviary.caught_up()
        await town.do_all(0)
        yield town
    assert await aviary.end(worker) == 0


@pytest.fixture
def birdlog(aviary: Aviary, tmp_path_factory: pytest.TempPathFactory) -> Birdlog:
    home = {"BIRDLOG_HOME": str(tmp_path_factory.mktemp("home"))}
    return lambda *arguments: run(*arguments, environment=aviary.stack.servers.environ() | home)


async def built(aviary: Aviary, name: str, purpose: Purpose = "rebuild", show: int = 10) -> Rebuilt:
    return await rebuild(
        aviary.stores, aviary.servers.kafka, name, lambda *_: None, purpose=purpose, show=show
    )


async def read_now(aviary: Aviary, name: str) -> int:
    return (await generations.current(aviary.stores.postgres))[name]


async def test_every_view_is_rebuilt_while_people_read_and_write(town: Town) -> None:
    aviary = town.aviary
    living = [asyncio.create_task(one()) for one in (town.write, town.read, town.pass_by)]
    try:
        for name in VIEWS:
            before, reads, glances = await read_now(aviary, name), town.reads, town.glances
            rebuilt = await built(aviary, name)
            assert rebuilt.outcome == "switched", rebuilt
            assert rebuilt.end is not None
            assert rebuilt.end.live == rebuilt.end.rebuilt
            assert rebuilt.events > 0
            assert await read_now(aviary, name) == rebuilt.generation == before + 1
            async with asyncio.timeout(SECONDS):
                while town.reads < reads + 2 or town.glances < glances + 2:
                    await asyncio.sleep(0.05)
                    for task in living:
                        if task.done():
                            task.result()
    finally:
        for task in living:
            task.cancel()
        ended = await asyncio.gather(*living, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in ended), ended
    await aviary.check()


async def test_what_only_readers_need_is_made_when_the_rows_are_there(
    aviary: Aviary, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def indexes(generation: int) -> set[str]:
        rows = await aviary.stores.postgres.fetch(
            "SELECT indexname FROM pg_indexes WHERE schemaname = $1", f"lists_g{generation}"
        )
        return {row[0] for row in rows}

    seen: list[set[str]] = []

    async def filling(*arguments: Any) -> None:
        seen.append(await indexes(live + 1))
        await bring(*arguments)

    async def ending(*arguments: Any) -> Ended:
        seen.append(await indexes(live + 1))
        return await end(*arguments)

    monkeypatch.setattr(building, "bring", filling)
    monkeypatch.setattr(building, "end", ending)
    live = await read_now(aviary, "lists")
    assert (await built(aviary, "lists")).outcome == "switched"
    late = set(re.findall(r"INDEX IF NOT EXISTS (\w+)", ListsView.indexes))
    assert late
    assert late <= await indexes(live)
    assert seen[0] == await indexes(live) - late
    assert seen[-1] == await indexes(live)


async def test_a_request_reads_what_it_began_with(town: Town) -> None:
    gateway = town.app[GATEWAY]
    under_way = make_mocked_request("GET", "/", app=town.app)
    before = gateway_of(under_way).readers
    gateway.use(Readers.at(town.aviary.stores, Generations({"tweets": 1_000})))
    try:
        assert gateway_of(under_way).readers is before
        assert gateway_of(make_mocked_request("GET", "/", app=town.app)).readers is not before
    finally:
        gateway.use(before)


async def busy(aviary: Aviary, space: str) -> int:
    """How many processes have partitions of a build."""
    found: int = await aviary.stores.postgres.fetchval(
        "SELECT count(DISTINCT pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND classid = hashtext($1)::oid AND objid <> hashtext('here')::oid",
        space,
    )
    return found


async def test_processes_share_a_build_and_take_over_from_one_that_is_killed(
    aviary: Aviary, town: Town
) -> None:
    await aviary.load(
        [(801, 802)], [(802 + number % 10, f"tweet {number}") for number in range(1_000)]
    )
    await aviary.caught_up()
    before = await read_now(aviary, "tweets")
    slow = ("streams", "rebuild", "tweets", "--json", "--max-load", "0.03")
    first = await aviary.start(*slow)
    space = f"tweets g{before + 1}"
    async with asyncio.timeout(SECONDS):
        while await busy(aviary, space) < 1:
            await asyncio.sleep(0.05)
        second = await aviary.start(*slow)
        while await busy(aviary, space) < 2:
            await asyncio.sleep(0.05)
    first.kill()
    await first.wait()
    assert await read_now(aviary, "tweets") == before
    async with asyncio.timeout(SECONDS):
        assert await second.wait() == 0
    assert await read_now(aviary, "tweets") == before + 1
    assert await under_way(aviary.stores.postgres, "tweets") is None
    view = VIEWS["tweets"](aviary.stores, Generations({"tweets": before + 1}))
    assert await view.checkpoints() == await ends_of(aviary.servers.kafka, ["tweets"])


@pytest.mark.parametrize(("signal", "code"), [(SIGINT, 130), (SIGKILL, -SIGKILL)])
async def test_one_that_is_interrupted_is_gone_on_with(
    aviary: Aviary, town: Town, signal: Signals, code: int
) -> None:
    before = await read_now(aviary, "tweets")
    view = VIEWS["tweets"](aviary.stores, Generations({"tweets": before + 1}))
    interrupted = await aviary.start("streams", "rebuild", "tweets", "--max-load", "0.01")
    async with asyncio.timeout(SECONDS):
        while not any((await view.checkpoints()).values()):
            await asyncio.sleep(0.05)
    interrupted.send_signal(signal)
    async with asyncio.timeout(SECONDS):
        assert await interrupted.wait() == code
    begun = await under_way(aviary.stores.postgres, "tweets")
    assert begun == Build("tweets", before + 1, "rebuild")
    assert await read_now(aviary, "tweets") == before

    done = sum((await view.checkpoints()).values())
    resumed = await built(aviary, "tweets")
    assert (resumed.outcome, resumed.generation) == ("switched", before + 1)
    assert resumed.events_per_second * resumed.seconds == pytest.approx(resumed.events - done)
    assert await under_way(aviary.stores.postgres, "tweets") is None


async def test_a_generation_that_differs_is_not_read(
    aviary: Aviary, town: Town, birdlog: Birdlog
) -> None:
    before = await read_now(aviary, "graph")
    pool = aviary.stores.postgres
    await pool.execute(f"INSERT INTO graph_g{before}.follows VALUES (1, 2, 3)")
    try:
        differing = await birdlog("rebuild", "graph", "--json")
    finally:
        await pool.execute(f"DELETE FROM graph_g{before}.follows WHERE follower = 1")
    assert differing.code == 1
    assert differing.json["outcome"] == "differs"
    assert differing.json["first"] == [
        {"kind": "missing", "key": "1 follows 2", "live": "{'event_id': 3}", "rebuilt": "nothing"}
    ]
    assert await read_now(aviary, "graph") == before
    gone = "SELECT count(*) FROM pg_namespace WHERE nspname = $1"
    assert await pool.fetchval(gone, f"graph_g{before + 1}") == 0
    shadow = await birdlog("rebuild", "graph", "--shadow")
    assert (shadow.code, "is equal to what is read" in shadow.out) == (0, True)
    assert await pool.fetchval(gone, f"graph_g{before + 1}") == 0


async def test_what_was_built_from_a_view_that_is_repaired_is_to_be_built_next(
    aviary: Aviary, town: Town, birdlog: Birdlog
) -> None:
    repaired = await birdlog("rebuild", "counters", "--accept")
    assert repaired.code == 0
    assert (
        "run ./birdlog rebuild replies --accept, then ./birdlog rebuild search --accept"
        in repaired.err
    )
    back = await birdlog("rebuild", "counters", "--rollback", "--json")
    assert (back.json["outcome"], back.json["build_next"]) == ("switched", ["replies", "search"])
    equal = await birdlog("rebuild", "graph", "--json")
    assert (equal.json["outcome"], equal.json["build_next"]) == ("switched", [])


class Shouting(TweetsView):
    """A changed handler."""

    async def apply(self, batch: Batch) -> None:
        await super().apply(_louder(batch))


class ShoutingCache(CacheView):
    """Another one, of copies."""

    async def apply(self, batch: Batch) -> None:
        await super().apply(_louder(batch))


class Forgetful(TimelinesView):
    """Delivers nothing to anybody's home."""

    async def _send_out(self, posts: list[Post], at_once: int, slice_: int) -> None:
        pass


def _louder(batch: Batch) -> Batch:
    events = [
        one._replace(event=_loud(one.event)) if isinstance(one.event, TweetPosted) else one
        for one in batch.events
    ]
    return batch._replace(events=events)


def _loud(event: TweetPosted) -> TweetPosted:
    return TweetPosted(
        **{name: getattr(event, name) for name in event.__struct_fields__} | {"text": "LOUD"}
    )


def shouting(stores: Stores, at: Generations) -> View:
    return Shouting(stores.mongo, at["tweets"])


def shouting_cache(stores: Stores, at: Generations) -> View:
    return ShoutingCache(stores.redis, at["cache"])


def forgetful(stores: Stores, at: Generations) -> View:
    return Forgetful(stores.redis, at["timelines"], Graph(stores.postgres, at["graph"]))


async def text_of(aviary: Aviary, tweet_id: str) -> str:
    tweet = (await (await aviary.readers()).tweets.find([int(tweet_id)]))[int(tweet_id)]
    assert tweet is not None
    return tweet.text


async def test_a_changed_handler_is_tried_switched_to_and_gone_back_from(
    aviary: Aviary, town: Town, birdlog: Birdlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    tweet = await town.say("number, quietly")
    await aviary.caught_up()
    before = await read_now(aviary, "tweets")
    with monkeypatch.context() as patched:
        patched.setitem(VIEWS, "tweets", shouting)
        tried = await built(aviary, "tweets", "shadow")
        assert tried.outcome == "differs"
        assert tried.end is not None
        assert tried.end.differences >= len(town.said)
        assert len(tried.end.first) == 10
        assert await read_now(aviary, "tweets") == before
        assert await text_of(aviary, tweet) == "number, quietly"
        assert (await built(aviary, "tweets", "accept")).outcome == "switched"
    assert await text_of(aviary, tweet) == "LOUD"
    later = await town.say("number, later")
    await aviary.caught_up()
    assert await text_of(aviary, later) == "number, later"  # from the worker, which is as before

    back = await birdlog("rebuild", "tweets", "--rollback", "--json")
    assert (back.json["outcome"], back.json["generation"]) == ("switched", before)
    assert await text_of(aviary, tweet) == "number, quietly"
    assert await text_of(aviary, later) == "number, later"
    await aviary.stores.postgres.execute(
        "UPDATE generations SET switched_at = switched_at - interval '1 hour'"
    )
    dropped = await birdlog("rebuild", "tweets", "--drop-old", "--json")
    assert dropped.json == {"view": "tweets", "dropped": before + 1}
    assert f"tweets_g{before + 1}" not in await aviary.stores.mongo.list_collection_names()
    again = await birdlog("rebuild", "tweets", "--rollback")
    assert "no generation before" in again.complaint
    unclear = await birdlog("rebuild", "tweets", "--shadow", "--accept")
    assert "two different things" in unclear.complaint
    await aviary.check()


async def test_a_changed_cache_is_compared_where_both_hold_something(
    aviary: Aviary, town: Town, birdlog: Birdlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    tweet, edited = await town.say("number, whispered"), await town.say("number, misspelt")
    await aviary.caught_up()
    assert (await town.finch.edit(edited, "number, spelt")).status == 201
    await aviary.caught_up()
    cache = (await aviary.readers()).cache
    assert await cache.find([int(edited)])  # takes the place of the mark that the edit left
    before = await read_now(aviary, "cache")
    with monkeypatch.context() as patched:
        patched.setitem(VIEWS, "cache", shouting_cache)
        tried = await built(aviary, "cache", "shadow", show=10_000)
    assert tried.outcome == "differs"
    assert tried.end is not None
    assert tried.end.differences == len(tried.end.first)
    assert f"tweet {tweet}" in {one.key for one in tried.end.first}
    assert all("LOUD" in one.shown()[1] for one in tried.end.first)
    assert await read_now(aviary, "cache") == before

    same = await birdlog("rebuild", "cache", "--shadow", "--json")
    assert (same.code, same.json["outcome"]) == (0, "equal")
    assert same.json["copies"] > tried.end.differences
    assert same.json["compared"].startswith(f"{same.json['copies']:,} tweets and retweets")
    said = (await birdlog("rebuild", "cache")).out
    assert "equal to what was read before (compared: " in said
    assert "not: those that only one holds" in said
    assert await read_now(aviary, "cache") == before + 1


async def test_a_changed_fan_out_is_seen_in_homes(
    aviary: Aviary, town: Town, birdlog: Birdlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    await town.say("number, for wren")
    await aviary.caught_up()
    assert (await town.wren.home()).data
    before = await read_now(aviary, "timelines")
    with monkeypatch.context() as patched:
        patched.setitem(VIEWS, "timelines", forgetful)
        tried = await built(aviary, "timelines", "shadow", show=10_000)
    assert tried.outcome == "differs"
    assert tried.end is not None
    assert tried.end.live == tried.end.rebuilt
    assert f"home {town.wren.id}" in {one.key for one in tried.end.first}
    assert await read_now(aviary, "timelines") == before

    same = await birdlog("rebuild", "timelines", "--json")
    assert (same.code, same.json["outcome"]) == (0, "switched")
    assert same.json["copies"] >= 1
    assert f"{same.json['copies']} homes that both hold" in same.json["compared"]
    assert (await town.wren.home()).data
    await aviary.check()


async def test_what_a_reader_had_from_a_store_that_was_further_on_is_no_difference(
    aviary: Aviary, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    tweet = await town.say("number, to be edited")
    await aviary.caught_up()
    live, places = await read_now(aviary, "cache"), list[Place]()

    async def edited_and_read(*arguments: Any, **more: Any) -> Place:
        place = await meet(*arguments, **more)
        if not places:  # the cache is held, the tweet store is not
            assert (await town.finch.edit(tweet, "number, edited")).status == 201
            async with asyncio.timeout(SECONDS):
                while await text_of(aviary, tweet) != "number, edited":
                    await asyncio.sleep(0.02)
            await aviary.stores.redis.delete(key_of(live, int(tweet)))
            found = (await (await aviary.readers()).cache.find([int(tweet)]))[int(tweet)]
            assert found is not None
            assert found.text == "number, edited"
            assert await aviary.stores.redis.exists(key_of(live, int(tweet)))
        places.append(place)
        return place

    monkeypatch.setattr(comparing, "meet", edited_and_read)
    assert (await built(aviary, "cache", "shadow")).outcome == "equal"
    first, second = places
    assert sum(second.values()) == sum(first.values()) + 1


async def test_a_build_of_another_kind_is_not_gone_on_with(
    aviary: Aviary, town: Town, birdlog: Birdlog
) -> None:
    before = await read_now(aviary, "lists")
    async with alone_with(aviary.stores.postgres, "lists") as connection:
        begun = await begin(connection, "lists", "shadow")
        await note_clean(connection, begun.build)
    assert "--restart" in (await birdlog("rebuild", "lists")).complaint
    assert (
        json.loads((await birdlog("rebuild", "lists", "--restart", "--json")).out)["generation"]
        == before + 1
    )
