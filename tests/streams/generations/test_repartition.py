"""A topic gets another number of partitions while it is written and its views are read.

The tests build on each other: each goes on at the generation that the one before has left.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import (
    KafkaConnectionError,
    LeaderNotAvailableError,
    UnknownTopicOrPartitionError,
)
from aiokafka.structs import ConsumerRecord
from msgspec.structs import replace

from events import tasks
from events.bulk import BulkAppender
from events.clock import now_ms
from events.codec import decode, encode
from events.dead_letters import all_letters
from events.log import Log, LogUnavailable
from events.places import generation_of, place_in, real, real_topic
from events.positions import Partition, Position
from events.reader import ends_of, partitions, read
from events.tasks import cancel_all
from events.topic_generations import TopicGenerations, look_up, say
from gateway.leases import leased_snowflakes
from gateway.log_ends import log_ends
from gateway.positions import passed
from gateway.tail import follow
from projections import generations
from projections.generations import Generations
from projections.registry import USES, VIEWS
from projections.view import View
from schemas.events import Event, ListCreated, TweetDeleted, TweetEdited, TweetPosted
from schemas.topic_generations import TopicGeneration
from schemas.topics import TWEETS
from streams.dead_letters import DeadLetters
from streams.rebuilding import claims, keeping
from streams.rebuilding.building import Rebuilt, fill, rebuild
from streams.rebuilding.builds import NothingKept, OtherBuild
from streams.rebuilding.claims import alone_with
from streams.rebuilding.ending import EVERY_VIEW
from streams.rebuilding.filling import bring
from streams.rebuilding.progress import Progress
from streams.repartitioning import closing, following, going_over, repartitioning
from streams.repartitioning.beginning import RepartitionRefused, alone
from streams.repartitioning.closing import close, open_again
from streams.repartitioning.copying import origin_of
from streams.repartitioning.repartitioned import Repartitioned
from streams.repartitioning.repartitioning import MAX_PARTITIONS, repartition
from tests.streams.aviary import SECONDS, Aviary
from tests.streams.test_cli import run

READERS = {"tweets", "notices", "analytics", "timelines", "cache", "search", "counters"}
Told = dict[Partition, list[ConsumerRecord]]
TWEETS_BEFORE = 300
MORE = "loaded meanwhile"


@pytest.fixture(scope="module", autouse=True)
async def flock(aviary: Aviary) -> None:
    """All views have what is there."""
    follows = [(one, other) for one in range(8) for other in range(8) if one != other]
    await aviary.load(follows, [(n % 8, f"tweet {n}") for n in range(TWEETS_BEFORE)])
    at = await generations.current(aviary.stores.postgres)
    async with Log(aviary.servers.kafka) as log:
        for name in sorted(VIEWS, key=lambda name: name in USES):
            view = VIEWS[name](aviary.stores, at)
            await fill(view, aviary.servers.kafka, DeadLetters(log), quiet(""))


@pytest.fixture(autouse=True)
def nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no gateway whose requests what was read before is kept for."""
    monkeypatch.setattr(keeping, "READ_SECONDS", 0.0)


async def generation(aviary: Aviary, topic: str = "tweets") -> int:
    """The topic's, that is appended to now."""
    return (await look_up(aviary.servers.kafka)).current(topic)


def quiet(_: str) -> Progress:
    return lambda done, known: None


async def to(
    aviary: Aviary,
    partitions: int,
    topic: str = "tweets",
    *,
    restart: bool = False,
    tell: Callable[[str], None] = print,
) -> Repartitioned:
    kafka = aviary.servers.kafka
    return await repartition(aviary.stores, kafka, topic, partitions, quiet, tell, restart=restart)


async def told(aviary: Aviary, topic: str = "tweets") -> Told:
    """All of the topic where it is appended to now, by partition."""
    kafka = aviary.servers.kafka
    found: Told = {}
    for place, last in (await ends_of(kafka, [topic])).items():
        found[place] = []
        async for records, _ in read(kafka, place, 0, last):
            found[place] += cast("Sequence[ConsumerRecord]", records)
    return found


def by_key(told: Told) -> dict[bytes, list[tuple[bytes, int]]]:
    """What is said with each key and when, in its order, without the words of what is deleted."""
    found: dict[bytes, list[tuple[bytes, int]]] = defaultdict(list)
    where: dict[bytes, Partition] = {}
    for place, records in told.items():
        for record in records:
            assert where.setdefault(record.key, place) == place
            found[record.key].append((record.value, record.timestamp))
    for key, said in found.items():
        events = wordless([decode(value) for value, _ in said])
        found[key] = [(encode(one), at) for one, (_, at) in zip(events, said, strict=True)]
    return found


def wordless(events: Sequence[Event]) -> Sequence[Event]:
    """Those of one key; what was deleted is copied without its words."""
    if not any(isinstance(event, TweetDeleted) for event in events):
        return events
    said = (TweetPosted, TweetEdited)
    return [replace(event, text="") if isinstance(event, said) else event for event in events]


class Writer:
    """Posts, edits and deletes tweets, one after the other; notes what was acknowledged."""

    def __init__(self) -> None:
        self.acknowledged: dict[Position, Event] = {}
        self.stop = asyncio.Event()

    async def write(self, aviary: Aviary) -> None:
        """No event may be refused."""
        async with Log(aviary.servers.kafka) as log, leased_snowflakes(aviary.stores.postgres) as i:
            while not self.stop.is_set():
                tweet, edit = i.next(), i.next()
                for event in (
                    TweetPosted(
                        event_id=tweet, at=now_ms(), actor=1, request_id="", tweet_id=tweet,
                        text="one",
                    ),
                    TweetEdited(
                        event_id=edit, at=now_ms(), actor=1, request_id="", tweet_id=tweet,
                        version_id=edit, text="two",
                    ),
                    TweetDeleted(
                        event_id=i.next(), at=now_ms(), actor=1, request_id="", tweet_id=tweet
                    ),
                ):  # fmt: skip
                    self.acknowledged[await log.append(event)] = event
                await asyncio.sleep(0.1)


async def load(aviary: Aviary, stop: asyncio.Event) -> int:
    """In bulk, some at a time; how many tweets that made."""
    loaded = 0
    while not stop.is_set():
        await aviary.load([(0, 1)], [(n % 8, MORE) for n in range(20)], per_second=40)
        loaded += 20
    return loaded


@asynccontextmanager
async def going_on(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Beside the block; it must not have ended before."""
    task = asyncio.create_task(work)
    try:
        yield
        if task.done():
            await task
        assert not task.done()
    finally:
        await cancel_all([task])


async def supervised(aviary: Aviary) -> None:
    """A worker for all views, started again whenever it ends."""
    while True:
        worker = await aviary.start_worker()
        try:
            assert await worker.wait() == 0
        finally:
            await aviary.end(worker)


async def test_nothing_is_lost_or_doubled_or_out_of_order_while_it_is_written(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "SUCCESSION_SECONDS", 2.0)
    kafka, writer, heard, hearing = aviary.servers.kafka, Writer(), list[Event](), asyncio.Event()
    first = await generation(aviary)

    async def hear(events: Sequence[Event]) -> None:
        heard.extend(event for event in events if event.request_id == "")

    async with (
        going_on(supervised(aviary)),
        going_on(follow(kafka, [TWEETS], hear, hearing)),
        log_ends(kafka, "tweets") as ends,
    ):
        await aviary.caught_up()
        async with asyncio.timeout(SECONDS):
            await hearing.wait()
        before, ended = await told(aviary), await ends.now()
        async with asyncio.TaskGroup() as writing:
            writing.create_task(writer.write(aviary))
            loading = writing.create_task(load(aviary, writer.stop))
            done = await to(aviary, 6)
            at_the_end = len(writer.acknowledged)
            async with asyncio.timeout(SECONDS):
                while len(writer.acknowledged) < at_the_end + 50:
                    await asyncio.sleep(0.05)
            writer.stop.set()
        await aviary.caught_up()
        assert await aviary.audit() == {}
        now = await told(aviary)
        assert await ends.now() == {place: len(records) for place, records in now.items()}
        async with asyncio.timeout(SECONDS):
            while len(heard) < len(writer.acknowledged):
                await asyncio.sleep(0.05)
    assert sorted(heard, key=by_id) == sorted(writer.acknowledged.values(), key=by_id)
    await passed(ended, (await aviary.readers()).tweets)  # it has all, although not there
    assert (done.generation, done.partitions) == (first + 1, 6)
    assert list(now) == [place_in("tweets", first + 1, number) for number in range(6)]
    assert set(done.views) == READERS

    said, said_before = by_key(now), by_key(before)
    assert {key: said[key] for key in said_before} == said_before
    acknowledged: dict[bytes, list[Event]] = defaultdict(list)
    for event in writer.acknowledged.values():
        acknowledged[str(getattr(event, "tweet_id", 0)).encode()].append(event)
    written = {key: [decode(value) for value, _ in said[key]] for key in acknowledged}
    assert written == {key: wordless(events) for key, events in acknowledged.items()}
    more = [key for key, facts in said.items() if MORE.encode() in facts[0][0]]
    assert len(more) == loading.result()
    assert said.keys() == {*said_before, *acknowledged, *more}

    origins = {str(origin_of(record) or "") for records in now.values() for record in records}
    appended = {generation_of(place.partition) for place in writer.acknowledged}
    assert appended == {first, first + 1}
    for place in writer.acknowledged:
        assert (str(place) in origins) == (generation_of(place.partition) == first)


async def test_one_that_is_killed_is_gone_on_with(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "SUCCESSION_SECONDS", 0.0)
    digests, before = await aviary.digests(), by_key(await told(aviary))
    first = await generation(aviary)
    killed = await aviary.start("streams", "repartition", "tweets", "3")
    after = (await look_up(aviary.servers.kafka)).with_next("tweets")
    async with asyncio.timeout(SECONDS):
        while not await copied(aviary, after):
            await asyncio.sleep(0.01)
    killed.kill()
    assert await killed.wait() == -9
    assert by_key(await told(aviary)) == before
    with pytest.raises(RepartitionRefused, match="being copied to 3 partitions"):
        await to(aviary, 5)

    done = await to(aviary, 3)
    assert done.generation == first + 1
    assert by_key(await told(aviary)) == before
    assert await aviary.audit() == {}
    assert await aviary.digests() == digests


async def copied(aviary: Aviary, at: TopicGenerations) -> int:
    try:
        return sum((await ends_of(aviary.servers.kafka, ["tweets"], at)).values())
    except (UnknownTopicOrPartitionError, LeaderNotAvailableError):
        return 0


async def test_one_that_fails_leaves_the_topic_as_it_was(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where Kafka does not answer at first."""
    lists, first = [a_list(number) for number in range(1, 21)], await generation(aviary, "lists")
    tries: list[str] = []

    async def away_at_first(bootstrap: str, topic: str) -> None:
        tries.append(topic)
        if len(tries) == 1:
            raise KafkaConnectionError
        await open_again(bootstrap, topic)

    async with Log(aviary.servers.kafka) as log:
        for event in lists:
            await log.append(event)
        before = by_key(await told(aviary, "lists"))
        with monkeypatch.context() as broken:
            broken.setattr(going_over, "_settled", fail)
            broken.setattr(closing, "open_again", away_at_first)
            with pytest.raises(Unexpected):
                await to(aviary, 2, "lists")
        assert tries == [real_topic("lists", first)] * 2
        assert by_key(await told(aviary, "lists")) == before
        assert generation_of((await log.append(a_list(21))).partition) == first


async def test_one_that_is_interrupted_again_and_again_opens_the_topic(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, said = asyncio.Event(), list[str]()
    first = await generation(aviary, "lists")

    async def settles(*_: object) -> None:
        closed.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(going_over, "_settled", settles)
    monkeypatch.setattr(tasks, "AGAIN_SECONDS", 0.001)
    work = asyncio.create_task(to(aviary, 2, "lists", tell=said.append))
    async with asyncio.timeout(SECONDS):
        await closed.wait()
    await cancel_all([work])
    async with Log(aviary.servers.kafka) as log:
        assert generation_of((await log.append(a_list(23))).partition) == first
    (line,) = said
    assert line.startswith("lists is as it was: run ./birdlog repartition lists 2 to go on")


async def test_what_waits_for_a_closed_topic_is_taken_when_it_is_opened_again(
    aviary: Aviary,
) -> None:
    kafka = aviary.servers.kafka
    places = [real(place) for place in await partitions(kafka, ["lists"])]
    async with Log(kafka) as log, BulkAppender(kafka) as bulk:
        for number in range(31, 41):
            await log.append(a_list(number))
            await bulk.append(a_list(number + 20))
        await bulk.flush()
        await close(kafka, places)
        looked = log._looked
        waiting = [asyncio.create_task(log.append(a_list(number))) for number in range(41, 51)]
        for number in range(61, 71):
            await bulk.append(a_list(number))
        waits = asyncio.create_task(bulk.flush())
        async with asyncio.timeout(SECONDS):
            while log._looked == looked:  # which it has once some were refused
                await asyncio.sleep(0.01)
        assert not any(task.done() for task in (*waiting, waits))
        await open_again(kafka, places[0].topic)
        taken = [await task for task in waiting]
        await waits
        assert log.available
        taken.append(await log.append(a_list(71)))
    found = await told(aviary, "lists")
    said = [record.key for records in found.values() for record in records]
    assert sorted(key for key in said if 30 < int(key) < 100) == [b"%d" % n for n in range(31, 72)]
    for number, position in zip([*range(41, 51), 71], taken, strict=True):
        assert found[position.partition][position.offset].key == b"%d" % number


async def test_one_that_breaks_off_when_the_topic_is_closed_is_gone_on_with(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "SUCCESSION_SECONDS", 0.0)
    before, kafka = by_key(await told(aviary, "lists")), aviary.servers.kafka
    first = await generation(aviary, "lists")
    async with Log(kafka) as log:
        with monkeypatch.context() as broken:
            broken.setattr(repartitioning, "say", fail)
            with pytest.raises(Unexpected):
                await to(aviary, 5, "lists", restart=True)  # of what another test has left
        with pytest.raises(LogUnavailable):
            await log.append(a_list(22))
        assert by_key(await told(aviary, "lists")) == before

        come_near = repartitioning._come_near

        async def writing(*arguments: Any) -> None:
            await log.append(a_list(22))  # nobody is kept waiting while all is read once more
            await come_near(*arguments)

        with monkeypatch.context() as broken:
            broken.setattr(repartitioning, "_come_near", writing)
            broken.setattr(following.Followers, "switch", fail)
            with pytest.raises(Unexpected):
                await to(aviary, 5, "lists")
        assert len(await told(aviary, "lists")) == 5
        with pytest.raises(RepartitionRefused, match="lists are yet to follow"):
            await to(aviary, 2, "lists")
        assert generation_of((await log.append(a_list(22))).partition) == first + 1
    with pytest.raises(OtherBuild, match=r"yet to follow lists, .* repartition lists 5 first"):
        await rebuild(aviary.stores, kafka, "lists", quiet(""), restart=True)
    await append_late(aviary, real_topic("lists", first), a_list(123))
    done = await to(aviary, 5, "lists")
    assert (done.generation, done.copied) == (first + 1, 1)
    assert 123 in await told_lists(aviary)
    assert await aviary.audit() == {}
    with pytest.raises(NothingKept):
        await rebuild(aviary.stores, kafka, "lists", quiet(""), purpose="rollback")


async def test_what_comes_to_a_closed_topic_is_copied_late(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broker may have let it in before, and tell only later where it stands. Not even a rebuild
    that somebody has begun meanwhile keeps it from that."""
    monkeypatch.setattr(following, "SUCCESSION_SECONDS", 0.0)
    feed, said = following.Followers.feed, list[str]()
    closed = real_topic("lists", await generation(aviary, "lists"))

    async def late(*arguments: Any) -> None:
        await feed(*arguments)
        await append_late(aviary, closed, a_list(124))

    async def built_anew(*_: object) -> int:
        raise OtherBuild("lists is being built: drop the old generation afterwards")

    monkeypatch.setattr(following.Followers, "feed", late)
    monkeypatch.setattr(following, "drop_old", built_anew)
    before = await told_lists(aviary)
    count = len(await told(aviary, "lists")) + 1
    done = await to(aviary, count, "lists", tell=said.append)
    assert done.copied == len(before) + 1
    (line,) = said
    assert "lists is being built" in line
    assert await told_lists(aviary) == sorted([*before, 124])


async def append_late(aviary: Aviary, topic: str, event: ListCreated) -> None:
    kafka = aviary.servers.kafka
    await open_again(kafka, topic)
    async with AIOKafkaProducer(bootstrap_servers=kafka, acks="all") as producer:
        await producer.send_and_wait(topic, encode(event), key=b"%d" % event.list_id, partition=0)
    await close(kafka, [TopicPartition(topic, 0)])


async def told_lists(aviary: Aviary) -> list[int]:
    return sorted(
        int(record.key) for records in (await told(aviary, "lists")).values() for record in records
    )


async def test_one_goes_on_where_it_stands_that_the_topic_has_gone_on(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unheard(bootstrap: str, now: TopicGeneration) -> None:
        await say(bootstrap, now)
        raise TimeoutError

    monkeypatch.setattr(following, "SUCCESSION_SECONDS", 0.0)
    monkeypatch.setattr(repartitioning, "say", unheard)
    count = len(await told(aviary, "lists")) + 1
    done = await to(aviary, count, "lists")
    assert (done.partitions, set(done.views)) == (count, {"lists"})
    assert len(await told(aviary, "lists")) == count


async def test_one_that_is_interrupted_when_the_topic_goes_on_says_so(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch
) -> None:
    saying, interrupted, said = asyncio.Event(), asyncio.Event(), list[str]()

    async def slowly(bootstrap: str, now: TopicGeneration) -> None:
        saying.set()
        await interrupted.wait()
        await say(bootstrap, now)

    monkeypatch.setattr(following, "SUCCESSION_SECONDS", 0.0)
    monkeypatch.setattr(repartitioning, "say", slowly)
    count = len(await told(aviary, "lists")) + 1
    work = asyncio.create_task(to(aviary, count, "lists", tell=said.append))
    async with asyncio.timeout(SECONDS):
        await saying.wait()
        work.cancel()
        interrupted.set()
        with pytest.raises(asyncio.CancelledError):
            await work
    (line,) = said
    assert line.startswith(f"lists has {count} partitions now, but views that read it may be yet")
    assert set((await to(aviary, count, "lists")).views) == {"lists"}


async def test_what_is_left_when_views_have_followed_is_done_by_the_same_command(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka, feeding, said = aviary.servers.kafka, asyncio.Event(), list[str]()
    before = await told(aviary, "lists")
    lists, old, count = await told_lists(aviary), min(before), len(before) + 1

    async def feed(*_: object) -> None:
        feeding.set()
        await asyncio.Event().wait()

    async with Log(kafka) as log:
        letters = DeadLetters(log)
        await letters.add("lists", Position(old, 0), "of before", b"")
        with monkeypatch.context() as interrupted:
            interrupted.setattr(following.Followers, "feed", feed)
            work = asyncio.create_task(to(aviary, count, "lists", tell=said.append))
            fed = asyncio.create_task(feeding.wait())
            async with asyncio.timeout(SECONDS):
                await asyncio.wait([work, fed], return_when=asyncio.FIRST_COMPLETED)
            assert not work.done()
            await cancel_all([work])
        (line,) = said
        assert line.startswith(f"lists has {count} partitions now, and views read it there: run")
        own = Position(min(await partitions(kafka, ["lists"])), 0)
        await letters.add("lists", own, "of now", b"")
        await append_late(aviary, real(old).topic, a_list(125))

        done = await to(aviary, count, "lists", tell=said.append)
        assert (done.copied, set(done.views)) == (1, {"lists"})
        assert await told_lists(aviary) == sorted([*lists, 125])
        view = VIEWS["lists"](aviary.stores, Generations(done.views))
        assert await view.checkpoints() == await ends_of(kafka, ["lists"])
        known = await all_letters(kafka)
        assert known[f"lists@{old}:0"].settled == "dropped"
        assert known[f"lists@{own}"].settled is None
        assert (await generations.kept(aviary.stores.postgres, "lists")).previous is None
        await letters.settle(known[f"lists@{own}"], "dropped")
    again = await to(aviary, count, "lists", tell=said.append)
    assert (again.copied, again.views) == (0, {})
    assert said[1:] == [
        f"lists has {count} partitions already. Late records that were not copied yet: {late}."
        f" Views that were kept from before: {kept}"
        for late, kept in ((1, "lists"), (0, "none"))
    ]


async def test_what_came_late_is_copied_before_the_topic_goes_on_to_another_number(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run after it looks no further back."""
    monkeypatch.setattr(following, "SUCCESSION_SECONDS", 0.0)
    closed = real_topic("lists", await generation(aviary, "lists"))
    before = await told(aviary, "lists")
    lists, count = await told_lists(aviary), len(before) + 1
    with monkeypatch.context() as broken:
        broken.setattr(following.Followers, "feed", fail)
        with pytest.raises(Unexpected):
            await to(aviary, count, "lists")
    await append_late(aviary, closed, a_list(126))
    done = await to(aviary, count + 1, "lists")
    assert (done.partitions, done.copied) == (count + 1, len(lists) + 2), "one of them twice"
    assert await told_lists(aviary) == sorted([*lists, 126])
    assert await aviary.audit() == {}


async def test_a_topic_that_was_left_closed_is_opened_also_where_nothing_is_to_be_done(
    aviary: Aviary,
) -> None:
    kafka, count = aviary.servers.kafka, len(await told(aviary, "lists"))
    await close(kafka, [real(place) for place in await partitions(kafka, ["lists"])])
    await to(aviary, count, "lists")
    async with Log(kafka) as log:
        await log.append(a_list(127))


async def test_no_view_is_compared_while_a_topic_goes_on(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its followers could not come to the end of a view that they use and that is held."""
    free: list[bool] = []

    async def look(bootstrap: str, now: TopicGeneration) -> None:
        lock = "SELECT pg_try_advisory_xact_lock(hashtext($1), hashtext($2))"
        free.append(await aviary.stores.postgres.fetchval(lock, EVERY_VIEW, claims._BEGIN))
        await say(bootstrap, now)

    monkeypatch.setattr(following, "SUCCESSION_SECONDS", 0.0)
    monkeypatch.setattr(repartitioning, "say", look)
    await to(aviary, len(await told(aviary, "lists")) + 1, "lists")
    assert free == [False]
    async with asyncio.timeout(SECONDS), alone_with(aviary.stores.postgres, EVERY_VIEW):
        pass


async def test_a_view_that_followers_use_is_rebuilt_meanwhile(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka, rebuilding = aviary.servers.kafka, list[asyncio.Task[Rebuilt]]()

    async def with_the_graph_of_before(view: View, *arguments: Any) -> None:
        """As where the graph's worker feeds its new generation only."""
        if view.name != "timelines" or rebuilding:
            await bring(view, *arguments)
            return
        work = rebuild(aviary.stores, kafka, "graph", quiet(""))
        rebuilding.append(asyncio.create_task(work))
        await asyncio.Event().wait()

    monkeypatch.setattr(following, "SUCCESSION_SECONDS", 0.0)
    monkeypatch.setattr("streams.repartitioning.following.bring", with_the_graph_of_before)
    async with asyncio.timeout(SECONDS):
        await to(aviary, len(await told(aviary)) + 1)
    (graph,) = rebuilding
    assert (await graph).outcome == "switched"


def a_list(number: int) -> ListCreated:
    return ListCreated(
        event_id=number, at=1, actor=1, request_id="", list_id=number, name=f"list {number}"
    )


async def fail(*_: object) -> None:
    raise Unexpected


class Unexpected(Exception):
    """What nobody thought of."""


def by_id(event: Event) -> int:
    return event.event_id


@pytest.mark.parametrize("number", [-1, 0, MAX_PARTITIONS + 1])
async def test_a_number_of_partitions_that_is_refused(aviary: Aviary, number: int) -> None:
    with pytest.raises(RepartitionRefused, match=f"1 to {MAX_PARTITIONS} partitions"):
        await to(aviary, number)


async def test_what_else_is_refused(aviary: Aviary) -> None:
    with pytest.raises(RepartitionRefused, match="has 4 partitions already"):
        await to(aviary, 4, "graph")
    async with alone(aviary.stores.postgres):
        with pytest.raises(RepartitionRefused, match="now: wait"):
            await to(aviary, 5, "graph")
    environment = aviary.stack.servers.environ()
    unknown = await run("repartition", "dead-letters", "5", environment=environment)
    assert unknown.complaint.startswith("there is no topic dead-letters: choose from tweets, ")
    refused = await run("repartition", "graph", "0", environment=environment)
    assert refused.complaint.startswith("a topic has 1 to")
