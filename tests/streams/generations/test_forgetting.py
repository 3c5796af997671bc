"""The words of what was deleted leave the log: by copying, and by emptying what was copied."""

from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import UnknownTopicOrPartitionError

from events.clock import now_ms
from events.log import Log
from events.observer import admin, observer
from events.places import FIRST, real, real_topic
from events.reader import ends, partitions, read
from events.topic_generations import TopicGenerations, look_up
from gateway.accounts import Accounts, Registration
from gateway.leases import leased_snowflakes
from projections import generations
from projections.registry import USES, VIEWS
from schemas.events import Event, ListCreated, ListDeleted, TweetDeleted, TweetEdited, TweetPosted
from schemas.topic_generations import TopicGeneration
from streams.dead_letters import DeadLetters
from streams.erasing import erase, erasing
from streams.naming import holding
from streams.rebuilding import keeping
from streams.rebuilding.building import fill
from streams.rebuilding.progress import Progress
from streams.repartitioning import emptying, following, repartitioning
from streams.repartitioning.beginning import RepartitionRefused
from streams.repartitioning.closing import RETENTION, _settings
from streams.repartitioning.emptying import empty_closed
from streams.repartitioning.repartitioned import Repartitioned
from streams.repartitioning.repartitioning import repartition
from tests.projections.memory_log import fresh_number
from tests.streams.aviary import Aviary
from tests.streams.generations.test_repartition import append_late

ANN = 16


def quiet(_: str) -> Progress:
    return lambda done, known: None


@pytest.fixture(autouse=True)
def nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are no gateways and no workers to be waited for."""
    monkeypatch.setattr(keeping, "READ_SECONDS", 0.0)
    monkeypatch.setattr(following, "SUCCESSION_SECONDS", 0.0)


async def append(aviary: Aviary, *events: Event) -> None:
    async with Log(aviary.servers.kafka) as log:
        for event in events:
            await log.append(event)


async def views_have_all(aviary: Aviary) -> None:
    at = await generations.current(aviary.stores.postgres)
    async with Log(aviary.servers.kafka) as log:
        for name in sorted(VIEWS, key=lambda name: name in USES):
            view = VIEWS[name](aviary.stores, at)
            await fill(view, aviary.servers.kafka, DeadLetters(log), quiet(""))


async def copy(aviary: Aviary, topic: str, *, forget: bool = True) -> Repartitioned:
    kafka = aviary.servers.kafka
    count = len(await partitions(kafka, [topic]))
    return await repartition(aviary.stores, kafka, topic, count, quiet, print, forget=forget)


async def holds(aviary: Aviary, topic: str, word: str) -> bool:
    """Whether the topic does, in the generation that is appended to or in any before."""
    kafka = aviary.servers.kafka
    at = await look_up(kafka)
    while True:
        places = await partitions(kafka, [topic], at)
        async with observer(kafka) as consumer:
            end = await ends(consumer, places)
            began = await consumer.beginning_offsets([real(place) for place in places])
        for place in places:
            async for records, _ in read(kafka, place, began[real(place)], end[place]):
                if any(word.encode() in (record.value or b"") for record in records):
                    return True
        if at.current(topic) == FIRST:
            return False
        at = at.before(topic)


def facts(**more: Any) -> dict[str, Any]:
    number = fresh_number()
    return {"event_id": number, "at": now_ms(), "actor": ANN, "request_id": "", **more}


def tweets(word: str) -> list[Event]:
    """One that was deleted with all its wordings, and one that is there."""
    gone, kept = fresh_number(), fresh_number()
    return [
        TweetPosted(**facts(tweet_id=gone, text=f"one {word}")),
        TweetEdited(**facts(tweet_id=gone, version_id=fresh_number(), text=f"two {word}")),
        TweetDeleted(**facts(tweet_id=gone)),
        TweetPosted(**facts(tweet_id=kept, text="It stays")),
    ]


async def records(aviary: Aviary, at: TopicGenerations) -> int:
    """How many were ever appended to this generation of the tweets."""
    kafka = aviary.servers.kafka
    async with observer(kafka) as consumer:
        return sum((await ends(consumer, await partitions(kafka, ["tweets"], at))).values())


async def test_the_words_of_deleted_tweets_leave_the_log(aviary: Aviary) -> None:
    await append(aviary, *tweets("kestrel"))
    await views_have_all(aviary)
    before, digests = await look_up(aviary.servers.kafka), await aviary.digests()
    with pytest.raises(RepartitionRefused, match="partitions already"):
        await copy(aviary, "tweets", forget=False)
    assert await holds(aviary, "tweets", "kestrel")
    there = await records(aviary, before)

    done = await copy(aviary, "tweets")
    assert done.generation == before.current("tweets") + 1
    assert (done.copied, done.emptied) == (there, there)
    assert not await holds(aviary, "tweets", "kestrel")
    assert await holds(aviary, "tweets", "It stays")
    assert await aviary.digests() == digests
    assert await aviary.audit() == {}


async def test_what_was_emptied_still_says_where_it_ended(aviary: Aviary) -> None:
    """So that nothing which comes late is overlooked, and nothing is copied twice."""
    kafka = aviary.servers.kafka
    at = await look_up(kafka)
    assert 0 < await records(aviary, at) == await records(aviary, at.before("tweets"))
    again = await copy(aviary, "tweets", forget=False)
    assert (again.copied, again.emptied) == (0, 0)
    assert await empty_closed(kafka, "tweets", await look_up(kafka)) == 0


async def fail(*_: object) -> int:
    raise TimeoutError


async def broken_off(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch, topic: str, where: object, what: str
) -> None:
    """A run that fails when it calls `what`."""
    with monkeypatch.context() as broken:
        broken.setattr(where, what, fail)
        with pytest.raises(TimeoutError):
            await copy(aviary, topic)


async def test_only_what_is_full_or_never_expires_is_touched(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        raise AssertionError

    kafka = aviary.servers.kafka
    for what in ("delete_records", "alter_configs"):
        monkeypatch.setattr(AIOKafkaAdminClient, what, never)
    assert await empty_closed(kafka, "tweets", await look_up(kafka)) == 0


async def test_one_that_is_missing_is_no_empty_one(aviary: Aviary) -> None:
    said = TopicGeneration("tweets", 50), TopicGeneration("tweets", 51)
    with pytest.raises(UnknownTopicOrPartitionError, match=r"tweets\.50"):
        await empty_closed(aviary.servers.kafka, "tweets", TopicGenerations(said))


async def test_one_that_broke_off_before_the_end_is_gone_on_with(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch
) -> None:
    kafka = aviary.servers.kafka
    await append(aviary, *tweets("merlin"))
    await views_have_all(aviary)
    await broken_off(aviary, monkeypatch, "tweets", repartitioning, "empty_closed")
    assert await holds(aviary, "tweets", "merlin")
    at = await look_up(kafka)
    await broken_off(aviary, monkeypatch, "tweets", emptying, "let_expire")
    assert not await holds(aviary, "tweets", "merlin")
    done = await copy(aviary, "tweets")
    assert (done.generation, done.copied) == (at.current("tweets"), 0), "nothing more was deleted"
    closed = at.before("tweets")
    async with admin(kafka) as client:
        settings = await _settings(client, real_topic("tweets", closed.current("tweets")))
    assert settings[RETENTION] == "1"
    assert await aviary.audit() == {}


@pytest.mark.parametrize(
    ("word", "where", "what", "more"),
    [
        ("dunlin", repartitioning, "closed_and_copied", 1),
        ("godwit", following.Followers, "switch", 2),
        ("curlew", following.Followers, "feed", 2),
    ],
)
async def test_what_is_deleted_after_a_run_broke_off_leaves_the_log(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch, word: str, where: object, what: str, more: int
) -> None:
    """It was copied with its words, or the topic had gone on already."""
    kafka, gone = aviary.servers.kafka, fresh_number()
    before = await look_up(kafka)
    tweet = TweetPosted(**facts(tweet_id=gone, text=word))
    await append(aviary, tweet, *tweets("other"))
    await views_have_all(aviary)
    await broken_off(aviary, monkeypatch, "tweets", where, what)
    copied = await partitions(kafka, ["tweets"], before.with_next("tweets"))
    assert await holding(kafka, copied, word.encode())

    await append(aviary, TweetDeleted(**facts(tweet_id=gone)))
    done = await copy(aviary, "tweets")
    assert done.generation == before.current("tweets") + more
    assert not await holds(aviary, "tweets", word)
    assert not await holds(aviary, "tweets", "other")
    assert await holds(aviary, "tweets", "It stays")
    assert await aviary.audit() == {}


@pytest.mark.parametrize("words", [False, True])
async def test_what_came_late_to_one_that_broke_off_is_not_lost(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch, *, words: bool
) -> None:
    """Whether or not the topic is copied again, for words that were deleted meanwhile."""
    kafka, made, late = aviary.servers.kafka, fresh_number(), fresh_number()
    before = await look_up(kafka)
    closed = real_topic("lists", before.current("lists"))
    redwing, avocet = f"redwing {late}", f"avocet {made}"
    await append(aviary, ListCreated(**facts(list_id=made, name=avocet)), *lists("fieldfare"))
    await views_have_all(aviary)
    await broken_off(aviary, monkeypatch, "lists", following.Followers, "feed")
    await append_late(aviary, closed, ListCreated(**facts(list_id=late, name=redwing)))
    if words:
        await append(aviary, ListDeleted(**facts(list_id=made)))

    done = await copy(aviary, "lists")
    assert await holding(kafka, await partitions(kafka, ["lists"]), redwing.encode())
    assert done.generation == before.current("lists") + 1 + words
    assert await holds(aviary, "lists", avocet) == (not words)
    assert not await holds(aviary, "lists", "fieldfare")
    assert await aviary.audit() == {}
    again = await copy(aviary, "lists")
    assert (again.generation, again.copied, again.emptied) == (done.generation, 0, 0)


def lists(word: str) -> list[Event]:
    gone = fresh_number()
    return [ListCreated(**facts(list_id=gone, name=word)), ListDeleted(**facts(list_id=gone))]


async def test_the_names_of_lists_and_of_the_erased_leave_the_log(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "LET_IN_SECONDS", 0.0)
    stores, kafka, made = aviary.stores, aviary.servers.kafka, fresh_number()
    async with leased_snowflakes(stores.postgres) as ids:
        registration = Registration(username="hobby", name="Hobby")
        hobby = await Accounts(stores.postgres).register(registration, ids, "test")
    await append(
        aviary,
        ListCreated(**facts(list_id=made, name="osprey", description="osprey")),
        ListDeleted(**facts(list_id=made)),
    )
    await erase(stores, kafka, hobby.user_id, lambda *_: None)
    await views_have_all(aviary)
    digests = await aviary.digests()
    for topic, word in (("lists", "osprey"), ("users", "hobby")):
        assert await holds(aviary, topic, word)
        await copy(aviary, topic)
        assert not await holds(aviary, topic, word)
    assert await aviary.digests() == digests
    assert await aviary.audit() == {}
