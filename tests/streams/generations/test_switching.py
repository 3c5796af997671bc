"""What is read from when on, and what becomes of dead letters and of what is read no more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from events.dead_letters import all_letters
from events.log import Log
from events.positions import Partition
from projections import generations
from projections.generations import Generations
from projections.graph import GraphView
from projections.lists import ListsView
from projections.met import Known
from projections.postgres import Connection, Pool
from projections.registry import VIEWS
from projections.stores import Stores
from projections.view import Digest, View
from schemas.dead_letters import DeadLetter
from schemas.events import ListCreated
from streams.dead_letters import DeadLetters
from streams.rebuilding import (
    building,
    builds,
    comparing,
    ending,
    keeping,
    meeting,
    removing,
    set_aside,
)
from streams.rebuilding.building import Rebuilt, fill, rebuild
from streams.rebuilding.builds import Build, NothingKept, Purpose, under_way
from streams.rebuilding.claims import alone_with
from streams.rebuilding.filling import feeding
from streams.rebuilding.keeping import drop_old
from streams.rebuilding.meeting import Two, meet
from streams.rebuilding.switching import Read, settlement
from streams.repartitioning import following, repartitioning
from streams.repartitioning.repartitioning import repartition
from streams.retrying import retry
from tests.projections.memory_log import fresh_number
from tests.streams.aviary import Aviary

pytestmark = pytest.mark.usefixtures("nobody_reads")


class Refusing(ListsView):
    """As a defect makes it."""

    async def write(self, connection: Connection, events: Any, known: Known) -> None:
        if any(getattr(event, "name", "") == "refused" for event in events):
            raise ValueError("a defect")
        await super().write(connection, events, known)


def refusing(stores: Stores, at: Generations) -> View:
    return Refusing(stores.postgres, at["lists"])


class Unexpected(Exception):
    """What nobody thought of."""


async def fail(*_: object) -> None:
    raise Unexpected


def a_list(name: str) -> ListCreated:
    number = fresh_number()
    return ListCreated(
        event_id=number, at=1, actor=1, request_id="", list_id=number, name=name
    )  # fmt: skip


async def built(aviary: Aviary, purpose: Purpose = "rebuild") -> Rebuilt:
    return await rebuild(
        aviary.stores, aviary.servers.kafka, "lists", lambda *_: None, purpose=purpose
    )


async def live(aviary: Aviary) -> int:
    return (await generations.current(aviary.stores.postgres))["lists"]


async def follows(aviary: Aviary, log: Log, make: Any = None) -> None:
    """The live generation comes to the end of the log, as by a worker."""
    at = await generations.current(aviary.stores.postgres)
    view = (make or VIEWS["lists"])(aviary.stores, at)
    await fill(view, aviary.servers.kafka, DeadLetters(log), lambda *_: None)


async def states(aviary: Aviary) -> dict[str, str]:
    """Of all letters of the view."""
    letters = (await all_letters(aviary.servers.kafka)).values()
    return {one.letter: one.settled or "open" for one in letters if one.view == "lists"}


async def has(aviary: Aviary, event: ListCreated) -> bool:
    return event.list_id in await (await aviary.readers()).lists.find([event.list_id])


async def missed(aviary: Aviary, log: Log) -> tuple[ListCreated, str]:
    """An event that the live generation could not apply, and its letter."""
    event = a_list("refused")
    letter = f"lists@{await log.append(event)}"
    await follows(aviary, log, refusing)
    assert (await states(aviary))[letter] == "open"
    return event, letter


async def switched_long_ago(aviary: Aviary) -> None:
    await aviary.stores.postgres.execute(
        "UPDATE generations SET switched_at = switched_at - interval '1 hour' WHERE view = 'lists'"
    )


async def exists(aviary: Aviary, generation: int) -> bool:
    asked = "SELECT count(*) FROM pg_namespace WHERE nspname = $1"
    return bool(await aviary.stores.postgres.fetchval(asked, f"lists_g{generation}"))


async def test_what_a_build_cannot_apply_is_no_dead_letter_unless_it_is_read(
    aviary: Aviary, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = a_list("refused")
    position = str(await log.append(event))
    await follows(aviary, log)
    before, now = await states(aviary), await live(aviary)

    def changed(stores: Stores, at: Generations) -> View:
        return (ListsView if at["lists"] == now else Refusing)(stores.postgres, at["lists"])

    with monkeypatch.context() as patched:
        patched.setitem(VIEWS, "lists", changed)
        differing = await built(aviary)
        assert differing.outcome == "differs"
        assert differing.end is not None
        assert [one.position for one in differing.end.set_aside] == [position]
        assert await states(aviary) == before
        assert await set_aside.kept(aviary.stores.postgres, "lists", now + 1) == []
        assert (await built(aviary, "accept")).outcome == "switched"
    assert await states(aviary) == before | {f"lists@{position}": "open"}
    assert not await has(aviary, event)

    assert (await built(aviary, "rollback")).generation == now
    assert await states(aviary) == before | {f"lists@{position}": "applied"}
    assert await has(aviary, event)


async def test_letters_are_settled_by_a_switch_and_open_again_after_a_rollback(
    aviary: Aviary, log: Log
) -> None:
    event, letter = await missed(aviary, log)
    dropped = f"lists@{await log.append_bytes('lists', b'1', b'garbage')}"
    await follows(aviary, log)
    await DeadLetters(log).settle((await all_letters(aviary.servers.kafka))[dropped], "dropped")
    assert (await built(aviary, "accept")).outcome == "switched"
    assert await has(aviary, event)
    assert (await states(aviary))[letter] == "applied"
    assert (await states(aviary))[dropped] == "dropped"
    await built(aviary, "rollback")
    assert not await has(aviary, event)
    assert (await states(aviary))[letter] == "open"
    await built(aviary, "accept")
    assert (await states(aviary))[letter] == "applied"


async def test_a_retry_does_not_go_on_behind_what_could_not_be_applied(
    aviary: Aviary, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, letter = await missed(aviary, log)
    kafka = aviary.servers.kafka
    with monkeypatch.context() as broken:
        broken.setitem(VIEWS, "lists", refusing)
        broken.setattr(building, "end", fail)  # it is killed there
        with pytest.raises(Unexpected):
            await retry(aviary.stores, kafka, "lists", lambda *_: None)
    tried = await retry(aviary.stores, kafka, "lists", lambda *_: None)
    assert letter in tried.applied
    assert await has(aviary, event)
    assert (await states(aviary))[letter] == "applied"


async def test_a_build_that_is_gone_on_with_knows_what_it_could_not_apply(
    aviary: Aviary, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, letter = await missed(aviary, log)
    with monkeypatch.context() as broken:
        broken.setitem(VIEWS, "lists", refusing)
        broken.setattr(building, "end", fail)
        with pytest.raises(Unexpected):
            await built(aviary, "accept")
    resumed = await built(aviary, "accept")
    assert resumed.outcome == "switched"
    assert resumed.end is not None
    assert letter in [one.letter for one in resumed.end.set_aside]
    assert not await has(aviary, event)
    assert (await states(aviary))[letter] == "open"
    await retry(aviary.stores, aviary.servers.kafka, "lists", lambda *_: None)
    assert await has(aviary, event)


async def test_a_rebuild_looks_up_no_rows_that_cannot_be_there(
    aviary: Aviary, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[set[int]] = []

    class Asking(ListsView):
        async def write(self, connection: Connection, events: Any, known: Known) -> None:
            asked.append(known({event.list_id for event in events}))
            await super().write(connection, events, lambda keys: keys)

    await log.append(a_list("new"))
    await follows(aviary, log)
    before = await live(aviary)
    monkeypatch.setitem(VIEWS, "lists", lambda stores, at: Asking(stores.postgres, at["lists"]))
    assert (await built(aviary)).generation > before
    assert asked
    assert asked == [set()] * len(asked)


async def test_one_that_finds_its_build_ended_has_helped(
    aviary: Aviary, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lead has fallen to another process while it compared."""
    event = a_list("shared")
    await log.append(event)
    await follows(aviary, log)
    before = await generations.kept(aviary.stores.postgres, "lists")

    async def overtaken(*arguments: Any, **more: Any) -> Any:
        place = await meet(*arguments, **more)
        build = await under_way(aviary.stores.postgres, "lists")
        assert build is not None
        async with aviary.stores.postgres.acquire() as connection, connection.transaction():
            await builds.switch(connection, build, before)
        return place

    with monkeypatch.context() as patched:
        patched.setattr(ending, "meet", overtaken)
        helped = await built(aviary)
    assert helped.outcome == "helped"
    assert await live(aviary) == helped.generation
    await switched_long_ago(aviary)
    assert await drop_old(aviary.stores, "lists") == before.current
    assert await has(aviary, event)


async def test_digests_take_longer_than_two_generations_have_to_meet(
    aviary: Aviary, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    await follows(aviary, log)
    planted = f"lists_g{await live(aviary)}.listed"
    await aviary.stores.postgres.execute(f"INSERT INTO {planted} VALUES (1, 5)")
    digest = ListsView.digest_within

    async def slow(view: ListsView, connection: Connection) -> Digest:
        await asyncio.sleep(meeting.MEET_SECONDS)
        return await digest(view, connection)

    with monkeypatch.context() as patched:
        patched.setattr(meeting, "MEET_SECONDS", 1.0)
        patched.setattr(comparing, "CERTAIN_SECONDS", 0.25)
        patched.setattr(ListsView, "digest_within", slow)
        found = await built(aviary)
    assert found.outcome == "differs"
    assert found.end is not None
    assert [one.key for one in found.end.first] == ["listed 1"]
    await aviary.stores.postgres.execute(f"DELETE FROM {planted} WHERE user_id = 1")


async def test_nobody_begins_to_fill_what_goes(
    aviary: Aviary, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A helper looks every half second what to do."""
    await follows(aviary, log)
    states: list[builds.State | None] = []

    async def look(stores: Stores, build: Build) -> None:
        states.append(await builds.state(stores.postgres, build))
        await removing.remove(stores, build)

    monkeypatch.setattr(ending, "remove", look)
    assert (await built(aviary, "shadow")).outcome == "equal"
    assert states == [None]


async def test_a_comparison_is_of_what_is_read_when_its_turn_has_come(
    aviary: Aviary, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it waits, another build may switch a view that it uses, whose old generation goes."""
    pool, compared = aviary.stores.postgres, list[str]()
    before = (await generations.current(pool))["graph"]

    @asynccontextmanager
    async def after_another(pool: Pool, name: str) -> AsyncIterator[Connection]:
        async with alone_with(pool, name) as connection:
            await graph_at(before + 1)
            yield connection

    async def graph_at(generation: int) -> None:
        await pool.execute(
            "INSERT INTO generations (view, current) VALUES ('graph', $1)"
            " ON CONFLICT (view) DO UPDATE SET current = $1",
            generation,
        )

    async def compare(pool: Pool, build: Build, two: Two, *_: Any, **__: Any) -> None:
        for view in two.used:
            assert isinstance(view, GraphView)
            compared.append(view._schema)
        raise Unexpected

    monkeypatch.setattr(ending, "alone_with", after_another)
    monkeypatch.setattr(comparing, "meet", compare)
    kafka, letters = aviary.servers.kafka, DeadLetters(log)
    build = Build("timelines", 99, "shadow")
    feed = feeding(kafka, letters)
    try:
        with pytest.raises(Unexpected):
            await ending.end(aviary.stores, kafka, build, feed, feed, letters, 0)
    finally:
        await graph_at(before)
    assert compared == [f"graph_g{before + 1}"]


async def test_what_a_request_may_still_read_is_kept(
    aviary: Aviary, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "READ_SECONDS", 2.0)
    await follows(aviary, log)
    before = await live(aviary)
    await built(aviary)
    switched = (await generations.kept(aviary.stores.postgres, "lists")).switched_at
    assert switched is not None
    assert await drop_old(aviary.stores, "lists") == before
    assert (datetime.now(UTC) - switched).total_seconds() >= 2.0


async def test_what_is_read_is_never_dropped(aviary: Aviary) -> None:
    await built(aviary)
    pool = aviary.stores.postgres
    kept = await generations.kept(pool, "lists")
    planted = "UPDATE generations SET previous = current WHERE view = 'lists'"
    assert await pool.execute(planted) == "UPDATE 1"
    with pytest.raises(NothingKept):
        await drop_old(aviary.stores, "lists")
    assert await exists(aviary, kept.current)
    await pool.execute("UPDATE generations SET previous = $1 WHERE view = 'lists'", kept.previous)


async def test_nothing_is_left_behind_by_one_that_fails_after_the_switch(
    aviary: Aviary, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = (await built(aviary)).generation
    await built(aviary)
    with monkeypatch.context() as broken:
        broken.setattr(ending, "_succeed", fail)
        with pytest.raises(Unexpected):
            await built(aviary)
    assert await exists(aviary, first)
    remains = await under_way(aviary.stores.postgres, "lists")
    assert remains == Build("lists", first, builds.REMAINS)
    await switched_long_ago(aviary)
    assert await drop_old(aviary.stores, "lists") == first + 1
    assert [await exists(aviary, first + number) for number in range(3)] == [False, False, True]
    assert await under_way(aviary.stores.postgres, "lists") is None


async def test_a_repartition_that_is_given_up_leaves_no_letters(
    aviary: Aviary, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last one: the topic goes on."""
    monkeypatch.setattr(following, "SUCCESSION_SECONDS", 0.0)
    monkeypatch.setattr(keeping, "READ_SECONDS", 0.0)
    letter = f"lists@{await log.append_bytes('lists', b'1', b'garbage')}"
    await follows(aviary, log)
    before = await states(aviary)
    assert before[letter] == "open"
    kafka = aviary.servers.kafka
    with monkeypatch.context() as broken:
        broken.setattr(repartitioning, "closed_and_copied", fail)
        with pytest.raises(Unexpected):
            await repartition(aviary.stores, kafka, "lists", 7, lambda _: lambda *_: None, print)
    assert await states(aviary) == before
    await repartition(
        aviary.stores, kafka, "lists", 9, lambda _: lambda *_: None, print, restart=True
    )
    after = await states(aviary)
    assert after[letter] == "dropped"
    assert {after[one] for one in after.keys() - before.keys()} == {"open"}


READ = Read("lists", {Partition("lists", 10_000): 5, Partition("users", 0): 7}, frozenset({"a"}))


@pytest.mark.parametrize(
    ("position", "became"),
    [
        ("lists:10000:4", "applied"),
        ("lists:10000:5", None),
        ("lists:10001:0", None),
        ("lists:0:9", "dropped"),
        ("lists:20001:9", "dropped"),
        ("users:0:6", "applied"),
        ("tweets:0:1", None),
    ],
)
def test_what_becomes_of_a_letter(position: str, became: str | None) -> None:
    letter = DeadLetter("lists", position)
    assert settlement(letter, READ) == became
    own = Read(READ.view, READ.place, frozenset({letter.letter}))
    assert settlement(letter, own) is None
