"""A snapshot puts everything back, into an empty system, at its old place; or it is refused."""

import asyncio
import gzip
import itertools
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import pytest
from msgspec import json
from msgspec.structs import replace
from rich.console import Console

from deploy.home import Home
from deploy.kafka import kafka_part
from deploy.ports import free_base
from deploy.set_up import set_up
from deploy.supervisor import Supervisor
from events.bulk import BulkAppender
from events.codec import decode
from events.log import Log, LogUnavailable
from events.places import generation_of, place_in, real_topic
from events.positions import Partition
from events.setup import PARTITIONS, create, create_topics
from events.snowflake import Snowflakes
from events.topic_generations import look_up, say
from gateway import log_ends
from gateway.accounts import Accounts, Registration, token_hash
from gateway.leases import leased_snowflakes
from gateway.media.desk import name_of
from gateway.media.objects import once
from gateway.media.store import MediaStore, open_store
from gateway.oauth2.apps import Apps
from gateway.oauth2.asked import Asked, Sender
from gateway.oauth2.challenges import stored
from gateway.oauth2.grants import Grants
from gateway.oauth2.issuing import Issuing
from gateway.signing_keys import KeyStore
from projections import postgres
from projections.generations import Generations
from projections.postgres import Pool
from projections.registry import VIEWS
from projections.view import Batch, Digest
from schemas.events import TweetPosted, UserRegistered
from schemas.scopes import OFFLINE
from schemas.sql import ACCOUNTS
from schemas.topic_generations import TopicGeneration
from streams.audit.log import Log as ToldLog
from streams.lag import reached
from streams.outbox import relay_batch
from streams.repartitioning.closing import close
from streams.snapshot import Manifest, SnapshotRefused, restore, restoring, take
from streams.snapshot.manifest import FORMAT, NAME, LogFile, sum_of, verified, write
from streams.snapshot.records import Line, line_of, lines
from streams.snapshot.restoring import _must_be_empty
from streams.snapshot.tables import TABLES, as_of
from streams.snapshot.taking import TOPIC_NAMES
from tests.contract.history import history
from tests.gateway.letting_in import BACK
from tests.outages.test_kafka_hangs import frozen
from tests.projections.memory_log import fresh_number
from tests.streams.aviary import SECONDS, Aviary
from tests.streams.emptying import empty_log
from tests.streams.test_cli import run

AT = 1_700_000_000_000
KEY = "3_kestrel"
NEWCOMERS = 12
NEW = "New here"
LEFT_OUT = {"generations", "rebuilds", "set_aside", "media_segments"}
"""Views begin at their first generation; uploads that are not finished are begun anew."""


class System(NamedTuple):
    """What is not built from the log."""

    pool: Pool
    media: MediaStore


@pytest.fixture(scope="module")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A broker whose topics may be deleted."""
    home = Home(tmp_path_factory.mktemp("kafka"))
    tools = (await set_up({"kafka"}, Console(quiet=True))).kafka
    assert tools is not None
    part = kafka_part(home, free_base(), tools)
    supervisor = Supervisor(home, lambda line: None, lambda: None)
    try:
        await supervisor.start([part])
        await create_topics(part.address)
        yield part.address
    finally:
        await supervisor.stop()


@pytest.fixture
async def systems(aviary: Aviary, tmp_path: Path) -> AsyncIterator[list[System]]:
    """Two, in databases of their own."""
    async with AsyncExitStack() as opened:
        found = []
        for name in ("before", "after"):
            await aviary.stores.postgres.execute(f"CREATE DATABASE snapshot_{name}")
            dsn = urlsplit(aviary.servers.postgres)._replace(path=f"/snapshot_{name}")
            pool = await opened.enter_async_context(postgres.pool(urlunsplit(dsn)))
            await pool.execute(ACCOUNTS)
            media = await opened.enter_async_context(open_store(str(tmp_path / name)))
            found.append(System(pool, media))
        yield found
    for name in ("before", "after"):
        await aviary.stores.postgres.execute(f"DROP DATABASE snapshot_{name}")


async def fill(kafka: str, system: System) -> None:
    await create(kafka, {real_topic("lists", 2): 3})
    await say(kafka, TopicGeneration("lists", 2))  # a topic that has gone on does so there, too
    async with BulkAppender(kafka) as appender:
        for event in itertools.chain.from_iterable(history(AT)):
            await appender.append(event)
    async with Log(kafka) as log:
        await log.append_bytes("tweets", b"\xff", b"\xff\x00 no event")
    await system.pool.execute(
        "INSERT INTO media (media_id, media_key, owner, type, content_type, total_bytes, ready,"
        f" kept, expires_at) VALUES (1, '{KEY}', 101, 'photo', 'image/png', 3, true, true, now())"
    )
    await system.media.put(name_of(KEY), once(b"png"))


async def let_in(system: System, token: str) -> None:
    """A program, which is given tokens."""
    app, _ = await Apps(system.pool).register("Birds", [BACK], confidential=False)
    asked = Asked(Sender(app, BACK, None), f"tweet.read {OFFLINE}", stored("x", "plain"))
    code = await Grants(system.pool).begin(asked, token_hash(token))
    assert code
    await Issuing(system.pool).exchange(app, code, BACK, "x")


async def join(kafka: str, system: System, ids: Snowflakes) -> None:
    """People register and tweet at once, and the relay is at work."""
    accounts = Accounts(system.pool)
    async with Log(kafka) as log:
        for number in range(NEWCOMERS):
            registration = Registration(username=f"bird_{number}", name="Bird")
            user = await accounts.register(registration, ids, "t")
            await KeyStore(system.pool).issue(user.user_id)
            await let_in(system, await accounts.issue_token(user.user_id))
            tweet = ids.next()
            await log.append(
                TweetPosted(
                    event_id=tweet, at=AT, actor=user.user_id, request_id="t", tweet_id=tweet,
                    text=NEW,
                )
            )  # fmt: skip
            if number % 2:
                async with system.pool.acquire() as connection:
                    await relay_batch(connection, log)


async def digests(aviary: Aviary, kafka: str, manifest: Manifest) -> dict[str, Digest]:
    """Of all views, built anew from the log up to where the snapshot ends."""
    log, number = ToldLog(kafka), fresh_number()
    at = Generations(dict.fromkeys(VIEWS, number))
    found = {}
    views = [make(aviary.stores, at) for make in VIEWS.values()]
    views.sort(key=lambda view: view.name not in ("graph", "counters"))
    for view in views:
        topics = {topic.name for topic in view.topics}
        end = {Partition(f.topic, f.partition): f.end for f in manifest.log if f.topic in topics}
        await view.prepare()
        for partition, told in (await log.before(end)).items():
            await view.apply(Batch(partition, 0, end[partition], told))
        await reached(view, end, seconds=SECONDS)
        found[view.name] = await view.digest()
        await view.close()
    for view in views:
        await view.drop()
    return found


async def test_a_system_comes_back_as_it_was(
    aviary: Aviary, kafka: str, systems: list[System], tmp_path: Path
) -> None:
    before, after = systems
    await fill(kafka, before)
    folder = tmp_path / "snapshot"
    async with leased_snowflakes(before.pool) as ids:
        joining = asyncio.create_task(join(kafka, before, ids))
        taken = await take(before.pool, kafka, before.media, folder)
        await joining
    assert verified(folder) == taken
    nobody_is_missing(folder, taken)
    digests_before = await digests(aviary, kafka, taken)

    with pytest.raises(SnapshotRefused, match="is not empty"):
        await take(before.pool, kafka, before.media, folder)
    with pytest.raises(SnapshotRefused, match="none of 1 photos and videos is there"):
        await take(before.pool, kafka, after.media, tmp_path / "without_photos")
    assert not (tmp_path / "without_photos").exists()
    with pytest.raises(SnapshotRefused, match="into an empty log"):
        await restore(after.pool, kafka, after.media, folder, lambda *_: None)
    await empty_log(kafka)
    await of_fewer_topics(kafka, taken)
    with pytest.raises(SnapshotRefused, match="is not empty: restore into"):
        await restore(before.pool, kafka, before.media, folder, lambda *_: None)

    progress: list[tuple[int, int]] = []
    restored = await restore(after.pool, kafka, after.media, folder, lambda *p: progress.append(p))
    assert restored == taken
    assert progress[-1] == (taken.events, taken.events)
    again = await take(after.pool, kafka, after.media, tmp_path / "again")
    assert again.log == taken.log
    assert again.tables == taken.tables
    assert again.files == taken.files
    signing = "SELECT * FROM signing_keys ORDER BY consumer_key"
    for table in ("apps", "grants", "tokens", "access_tokens", "refresh_tokens"):
        lasting = f"SELECT (to_jsonb(t) - 'exchanged')::text AS row FROM {table} t"
        was = {row["row"] for row in await before.pool.fetch(lasting)}
        restored_rows = {row["row"] for row in await after.pool.fetch(lasting)}
        assert restored_rows
        assert restored_rows <= was
    kept = {row["consumer_key"]: row for row in await before.pool.fetch(signing)}
    back = await after.pool.fetch(signing)
    assert back
    assert all(row == kept[row["consumer_key"]] for row in back)
    assert await digests(aviary, kafka, taken) == digests_before


async def test_who_writes_already_goes_on_to_the_later_generation(kafka: str) -> None:
    await empty_log(kafka)
    async with Log(kafka) as log:
        await _must_be_empty(kafka, gone_on("lists"))
        written = await log.append_bytes("lists", b"1", b"{}")
    assert generation_of(written.partition) == 2


async def test_what_comes_while_a_topic_goes_on_is_not_lost(
    kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await empty_log(kafka)
    async with Log(kafka) as log:

        async def close_late(*arguments: Any) -> None:
            await log.append_bytes("lists", b"1", b"{}")
            await close(*arguments)

        monkeypatch.setattr(restoring, "close", close_late)
        with pytest.raises(SnapshotRefused, match="holds 1 records: restore into"):
            await _must_be_empty(kafka, gone_on("lists"))
        written = await log.append_bytes("lists", b"1", b"{}")
    assert written.partition.number < PARTITIONS


async def test_one_that_is_killed_when_some_topics_went_on_is_gone_on_with(
    kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await empty_log(kafka)
    taken = gone_on("lists", "graph")

    async def killed_after(bootstrap: str, now: TopicGeneration) -> None:
        await say(bootstrap, now)
        raise Killed

    with monkeypatch.context() as killing:
        killing.setattr(restoring, "say", killed_after)
        with pytest.raises(Killed):
            await _must_be_empty(kafka, taken)
    await _must_be_empty(kafka, taken)
    at = await look_up(kafka)
    assert {topic: at.current(topic) for topic in ("lists", "graph", "tweets")} == {
        "lists": 2, "graph": 2, "tweets": 1,
    }  # fmt: skip


class Killed(Exception):
    """There is nothing after it."""


def gone_on(*topics: str) -> Manifest:
    """Of a log that is empty, some of whose topics have another number of partitions."""
    places = [
        place_in(topic, generation, number)
        for topic in TOPIC_NAMES
        for generation, count in [(2, 3) if topic in topics else (1, PARTITIONS)]
        for number in range(count)
    ]
    return Manifest(FORMAT, AT, [LogFile(*place, 0, "") for place in places], [], [], {})


async def of_fewer_topics(kafka: str, taken: Manifest) -> None:
    """What was taken before there were notifications can be put back; half of a topic cannot."""
    older = [each for each in taken.log if each.topic != "notifications"]
    assert len(older) < len(taken.log)
    await _must_be_empty(kafka, replace(taken, log=older))
    with pytest.raises(SnapshotRefused, match="the partitions differ"):
        await _must_be_empty(kafka, replace(taken, log=taken.log[1:]))


async def test_nothing_is_noted_while_the_ends_are_found(systems: list[System]) -> None:
    pool = systems[0].pool
    async with leased_snowflakes(pool) as ids:
        registration = Registration(username="late", name="Late")

        async def find() -> "asyncio.Task[list[Any]]":
            registered = asyncio.create_task(Accounts(pool).register_all([registration], ids, "t"))
            async with asyncio.timeout(SECONDS):
                while not await pool.fetchval(WAITING):
                    await asyncio.sleep(0.01)
            return registered

        async with as_of(pool, find) as (rows, registered):
            assert len(await registered) == 1
            assert await rows.fetchval("SELECT count(*) FROM accounts") == 0
            assert await rows.fetchval("SELECT count(*) FROM outbox") == 0
        assert await pool.fetchval("SELECT count(*) FROM outbox") == 1


WAITING = """
SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'outbox'::regclass
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


async def test_writers_wait_for_kafka_for_a_moment_only(
    aviary: Aviary, systems: list[System], tmp_path: Path
) -> None:
    pool, media = systems[0]
    async with pool.acquire() as writer, AsyncExitStack() as outage:
        async with writer.transaction():
            await writer.execute("LOCK TABLE outbox IN ROW EXCLUSIVE MODE")
            taking = asyncio.create_task(
                take(pool, aviary.servers.kafka, media, tmp_path / "snapshot")
            )
            async with asyncio.timeout(SECONDS):
                while not await pool.fetchval(WAITING):
                    await asyncio.sleep(0.01)
            outage.enter_context(frozen(aviary.stack, "kafka"))
        async with asyncio.timeout(log_ends.SECONDS + 2.0):
            await pool.execute("DELETE FROM outbox")
    with pytest.raises(LogUnavailable):
        await taking


async def test_by_the_command_line(aviary: Aviary, tmp_path: Path) -> None:
    environment = aviary.stack.servers.environ() | {"BIRDLOG_HOME": str(aviary.stack.home.root)}
    folder = tmp_path / "taken"
    taken = (await run("snapshot", folder, "--json", environment=environment)).json
    assert taken["events"] == verified(folder).events
    assert folder.stat().st_mode & 0o077 == 0
    async with Log(aviary.servers.kafka) as log:
        await log.append(next(iter(history(AT)[0])))
    refused = await run("restore", folder, environment=environment)
    assert refused.code == 1
    assert "restore into an empty log" in refused.err
    assert "holds no snapshot" in (await run("restore", tmp_path, environment=environment)).err


def nobody_is_missing(folder: Path, taken: Manifest) -> None:
    """Whoever says anything has an account, and every account an event or one on its way."""
    tables = {each.table: each for each in taken.tables}
    accounts = {int(row.split("\t")[0]) for row in rows_of(folder, "accounts")}
    assert len(accounts) == tables["accounts"].rows
    told = [
        decode((line.value or "").encode())
        for file in taken.log
        for line in lines(folder / file.file)
        if not line.base64
    ]
    actors = {
        event.actor for event in told if isinstance(event, TweetPosted) and event.lang == "und"
    }
    assert actors <= accounts
    waiting = {bytes.fromhex(row.removeprefix("\\\\x")) for row in rows_of(folder, "outbox")}
    registered = {event.actor for event in told if isinstance(event, UserRegistered)}
    assert accounts <= registered | {decode(event).actor for event in waiting}


def rows_of(folder: Path, table: str) -> list[str]:
    with gzip.open(folder / "tables" / f"{table}.copy.gz", "rt") as file:
        return file.read().splitlines()


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A small snapshot, made by hand."""
    folder = tmp_path / "whole"
    name, photo = "log/tweets.0.jsonl.gz", f"media/{KEY}"
    for file, content in ((name, b"records"), (photo, b"png")):
        (folder / file).parent.mkdir(parents=True)
        (folder / file).write_bytes(content)
    sums = {file: sum_of(folder / file) for file in (name, photo)}
    write(folder, Manifest(FORMAT, AT, [LogFile("tweets", 0, 7, name)], [], [photo], sums))
    return folder


def test_one_in_the_first_format_can_still_be_read(whole: Path) -> None:
    """It lacks the tables of programs, which then stay empty."""
    path = whole / NAME
    path.write_bytes(path.read_bytes().replace(b'"format": %d' % FORMAT, b'"format": 1'))
    assert verified(whole).format == 1


def test_a_damaged_snapshot_is_refused(whole: Path) -> None:
    assert verified(whole).events == 7
    records, manifest = whole / "log" / "tweets.0.jsonl.gz", whole / NAME
    said = manifest.read_bytes()
    damages: dict[str, Callable[[], object]] = {
        "is damaged": lambda: records.write_bytes(b"recordz"),
        "is missing": records.unlink,
        f"up to format {FORMAT}": lambda: manifest.write_bytes(
            said.replace(b'"format": %d' % FORMAT, b'"format": %d' % (FORMAT + 1))
        ),
        "manifest.json is damaged": lambda: manifest.write_bytes(said[:-9]),
        r"\.\./x is no plain name": lambda: manifest.write_bytes(
            said.replace(b"3_kestrel", b"../x")
        ),
        "is no plain name": lambda: manifest.write_bytes(said.replace(b"media/", b"/tmp/")),
        "media/1_wren has no sum": lambda: manifest.write_bytes(
            said.replace(KEY.encode(), b"1_wren", 1)
        ),
        "holds no snapshot": manifest.unlink,
    }
    for message, damage in damages.items():
        records.write_bytes(b"records")
        manifest.write_bytes(said)
        damage()
        with pytest.raises(SnapshotRefused, match=message):
            verified(whole)


@pytest.mark.parametrize("key", [b"1", b"\xff", None])
@pytest.mark.parametrize("value", ['{"a": "ä"}'.encode(), b"\xff\x00", b"", None])
def test_a_record_is_put_back_byte_by_byte(key: bytes | None, value: bytes | None) -> None:
    line = json.decode(json.encode(line_of(3, AT, key, value)), type=Line)
    assert (line.offset, line.at, line.parts) == (3, AT, (key, value))


def test_every_table_beside_the_log_is_thought_of() -> None:
    assert TABLES.keys() | LEFT_OUT == set(
        re.findall(r"CREATE TABLE IF NOT EXISTS (\w+)", ACCOUNTS)
    )
