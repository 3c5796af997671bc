import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.positions import Partition
from projections.checkpoints import postgres as checkpoints
from projections.lists import ListRow, Lists, ListsView, Look, changes
from projections.lists.changes import fold, listed
from projections.lists.state import State, touched
from projections.postgres import TableLost
from projections.postgres_view import schema_of
from projections.stores import Stores
from projections.view import CheckpointBehind
from schemas.events import (
    Event,
    ListChanged,
    ListCreated,
    ListDeleted,
    ListFollowed,
    ListMemberAdded,
    ListMemberRemoved,
    ListPinned,
    ListUnfollowed,
    ListUnpinned,
)
from tests.projections.memory_log import MemoryLog, fresh_number


def event(
    kind: type[Event], list_id: int, actor: int = 1, event_id: int = 5, **more: object
) -> Event:
    said = {"event_id": event_id, "at": 0, "actor": actor, "request_id": "t", "list_id": list_id}
    return kind(**said, **more)  # type: ignore[arg-type]


def created(list_id: int, *, private: bool = False) -> Event:
    return event(ListCreated, list_id, name="birders", private=private)


def added(list_id: int, member: int, event_id: int = 5, actor: int = 1) -> Event:
    return event(ListMemberAdded, list_id, actor, event_id, member=member)


def removed(list_id: int, member: int, actor: int = 1) -> Event:
    return event(ListMemberRemoved, list_id, actor, member=member)


def chosen(kind: type[Event], list_id: int, user: int, event_id: int = 5) -> Event:
    return event(kind, list_id, user, event_id)


CHOICES = ListFollowed, ListPinned, ListUnfollowed, ListUnpinned
SMALL = st.integers(1, 3)
MAYBE = st.one_of(st.none(), st.booleans())
EVENTS = st.lists(
    st.one_of(
        st.builds(lambda i, p: created(i, private=p), SMALL, st.booleans()),
        st.builds(
            lambda i, a, p: event(ListChanged, i, a, private=p), SMALL, st.integers(1, 2), MAYBE
        ),
        st.builds(lambda i: event(ListDeleted, i), SMALL),
        st.builds(added, SMALL, SMALL, st.integers(1, 99), st.integers(1, 2)),
        st.builds(removed, SMALL, SMALL, st.integers(1, 3)),
        st.builds(chosen, st.sampled_from(CHOICES), SMALL, SMALL, st.integers(1, 99)),
        st.builds(chosen, st.sampled_from(CHOICES), SMALL, SMALL, st.integers(1, 99)),
    ),
    max_size=30,
)


def test_a_member_may_leave_and_nobody_else_may_take_them_off() -> None:
    there = fold(State(), [created(1), added(1, 2), added(1, 3)])
    assert fold(there, [removed(1, 2, actor=3)]) == there
    left = fold(there, [removed(1, 2, actor=2)])
    assert (left.members, left.lists[1].members) == ({(1, 3): 5}, 1)


def known(whole: State, events: Sequence[Event]) -> State:
    """What the view reads before it folds these events."""
    wanted = touched(events)
    return State(
        {i: row for i, row in whole.lists.items() if i in wanted.lists},
        {e: n for e, n in whole.members.items() if e in wanted.members or e[0] in wanted.whole},
        {c: n for c, n in whole.choices.items() if c in wanted.choices},
    )


def counted(state: State) -> dict[int, int]:
    return listed(State(), state)


@given(EVENTS, EVENTS)
def test_folding_what_is_touched_is_folding_all(past: list[Event], batch: list[Event]) -> None:
    before = fold(State(), past)
    after = fold(before, batch)
    part = known(before, batch)
    became = fold(part, batch)
    assert before.lists | became.lists == after.lists
    assert became.members == known(after, batch).members
    kept = {c: n for c, n in before.choices.items() if c.list_id not in became.emptied}
    others = {c: n for c, n in kept.items() if c not in touched(batch).choices}
    assert others | became.choices == after.choices
    change = listed(part, became)
    users = counted(before).keys() | change.keys()
    sums = {user: counted(before).get(user, 0) + change.get(user, 0) for user in users}
    assert {user: count for user, count in sums.items() if count} == counted(after)
    for list_id, row in after.lists.items():
        assert row.members == sum(1 for edge in after.members if edge[0] == list_id)
        own = [choice for choice in after.choices if choice.list_id == list_id]
        assert row.followers == sum(1 for choice in own if choice.kind == "follow")
        assert not row.private or {choice.user for choice in own} <= {row.owner}
        assert not row.deleted or not own
        assert not row.deleted or (row.name, row.description) == ("", "")


def test_a_list_takes_no_more_members_than_it_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MAX_MEMBERS", 2)
    state = fold(State(), [created(1), *(added(1, member) for member in range(5))])
    assert state.lists[1].members == len(state.members) == 2


@pytest.fixture
async def view(stores: Stores, generation: int) -> AsyncIterator[ListsView]:
    view = ListsView(stores.postgres, generation)
    await view.prepare()
    yield view
    await view.drop()


@pytest.fixture
def lists(stores: Stores, generation: int) -> Lists:
    return Lists(stores.postgres, generation)


def a_story(log: MemoryLog) -> None:
    log.append(created(10), created(20, private=True), added(10, 2, 31), added(10, 3, 32))
    log.append(added(20, 2, 33), added(20, 4, 34), removed(10, 3), added(10, 3, 35))
    log.append(added(10, 5, 36), removed(10, 5), added(20, 6, 37), added(10, 7, 38, actor=9))


async def test_lists_members_and_counts(view: ListsView, lists: Lists) -> None:
    log = MemoryLog()
    a_story(log)
    await log.feed(view)
    birders = ListRow(1, "birders", "", private=False, members=2)
    assert await lists.find([10, 30]) == {10: birders}
    assert [m for m, _ in await lists.members(10, Look(9))] == [3, 2]
    assert [m for m, _ in await lists.members(10, Look(9, 35))] == [2]
    assert sorted(await lists.all_members(20)) == [2, 4, 6]
    assert [i for i, _ in await lists.owned(1, Look(9), private=True)] == [20, 10]
    assert [i for i, _ in await lists.owned(1, Look(9), private=False)] == [10]
    assert await lists.with_member(2, Look(9), viewer=1) == [(20, 33), (10, 31)]
    assert await lists.with_member(2, Look(9), viewer=7) == [(10, 31)]
    assert await lists.listed_counts([2, 3, 4, 7]) == {2: 1, 3: 1}
    assert await lists.count_owned(1) == 2
    assert await lists.checkpoints() == log.ends(view)


async def test_a_list_made_public_and_deleted_counts_and_counts_no_more(
    view: ListsView, lists: Lists, stores: Stores, generation: int
) -> None:
    log = MemoryLog()
    a_story(log)
    log.append(event(ListChanged, 20, name="owls", private=False))
    (partition,) = log.events
    await view.apply(log.batch(partition))
    assert await lists.listed_counts([2, 4]) == {2: 2, 4: 1}
    log.append(event(ListChanged, 20, description="by night"))
    log.append(event(ListDeleted, 20), created(20), added(20, 8))
    await view.apply(log.batch(partition, log.end(partition) - 4))
    counts = await lists.listed_counts([2, 4, 8])
    assert {user: count for user, count in counts.items() if count} == {2: 1}
    assert [i for i, _ in await lists.owned(1, Look(9), private=True)] == [10]
    assert await lists.all_members(20) == []
    rows = await stores.postgres.fetch(view.rows.format(schema=schema_of("lists", generation)))
    told = [word for word in ("birders", "owls", "night") if any(word in row[0] for row in rows)]
    assert told == ["birders"]


async def test_who_follows_and_pins_a_list(view: ListsView, lists: Lists) -> None:
    log = MemoryLog()
    a_story(log)
    log.append(*(chosen(ListFollowed, 10, user, 40 + user) for user in (1, 2, 3)))
    log.append(chosen(ListFollowed, 10, 2, 50), chosen(ListUnfollowed, 10, 3))
    log.append(
        chosen(ListPinned, 10, 2, 51), chosen(ListFollowed, 30, 2), chosen(ListPinned, 20, 2)
    )
    log.append(chosen(ListFollowed, 20, 1, 52))
    await log.feed(view)
    assert await lists.followers(10, Look(9)) == [(2, 42), (1, 41)]
    assert await lists.followers(10, Look(1, 41, newer=True)) == [(2, 42)]
    assert await lists.chosen(1, "follow", Look(9), viewer=1) == [(20, 52), (10, 41)]
    assert await lists.chosen(1, "follow", Look(9), viewer=2) == [(10, 41)]
    assert await lists.chosen(2, "pin", Look(9), viewer=2) == [(10, 51)]
    assert [row.followers for row in (await lists.find([10, 20])).values()] == [2, 1]


@pytest.mark.parametrize("ended", [{"private": True}, {}])
async def test_what_others_chose_ends_with_the_list(
    view: ListsView, lists: Lists, ended: dict[str, bool]
) -> None:
    log = MemoryLog()
    log.append(created(10))
    log.append(*(chosen(ListFollowed, 10, user, 40 + user) for user in (1, 2, 3)))
    log.append(chosen(ListPinned, 10, 1, 50), chosen(ListPinned, 10, 2, 51))
    await log.feed(view)
    log.append(event(ListChanged, 10, **ended) if ended else event(ListDeleted, 10))
    log.append(chosen(ListFollowed, 10, 3, 52), event(ListChanged, 10, private=False))
    await log.feed(view)
    follows, pins = ([(1, 41)], [(10, 50)]) if ended else ([], [])
    assert await lists.followers(10, Look(9)) == follows
    assert await lists.chosen(1, "pin", Look(9), viewer=1) == pins
    assert await lists.chosen(2, "pin", Look(9), viewer=2) == []
    if ended:
        assert (await lists.find([10]))[10].followers == 1


WITHOUT_FOLLOWERS = """
CREATE SCHEMA {schema};
CREATE TABLE {schema}.lists (list_id bigint PRIMARY KEY, owner bigint NOT NULL, name text NOT NULL,
    description text NOT NULL, private bool NOT NULL, deleted bool NOT NULL, members int NOT NULL);
CREATE TABLE {schema}.members (list_id bigint NOT NULL, member bigint NOT NULL,
    event_id bigint NOT NULL, PRIMARY KEY (list_id, member));
CREATE TABLE {schema}.listed (user_id bigint PRIMARY KEY, lists int NOT NULL);
INSERT INTO {schema}.lists VALUES (10, 1, 'birders', '', false, false, 0);
"""


async def test_a_view_of_an_earlier_version_is_read_anew(
    stores: Stores, generation: int, lists: Lists
) -> None:
    schema = schema_of("lists", generation)
    earlier = WITHOUT_FOLLOWERS + checkpoints.TABLE
    await stores.postgres.execute(earlier.format(schema=schema))
    log = MemoryLog()
    log.append(created(10), chosen(ListFollowed, 10, 2))
    (partition,) = log.events
    await stores.postgres.execute(
        f"INSERT INTO {schema}.checkpoints VALUES ($1, $2, 1)", partition.topic, partition.number
    )
    view = ListsView(stores.postgres, generation)
    with pytest.raises(TableLost):
        await view.checkpoints()
    await view.prepare()
    assert await view.checkpoints() == {}
    await log.feed(view)
    assert (await lists.find([10]))[10].followers == 1
    await view.drop()


async def test_copies_race_and_leave_what_one_would(
    view: ListsView, stores: Stores, generation: int
) -> None:
    log = MemoryLog(3)
    for number in range(400):
        list_id = 16 * (number % 7)
        match number % 11:
            case 3:
                log.append(event(ListChanged, list_id, private=number % 2 == 0))
            case 7 if number > 350:
                log.append(event(ListDeleted, list_id))
            case 1 | 5:
                log.append(removed(list_id, number * 3 % 13))
            case 2:
                log.append(created(list_id))
            case 4 | 8 | 9:
                kind = CHOICES[number * 7 % 5 % 4]
                log.append(chosen(kind, list_id, number * 3 % 8, number + 1))
            case _:
                log.append(added(list_id, number * 5 % 13, number + 1))
    alone = ListsView(stores.postgres, fresh_number())
    await alone.prepare()
    await log.feed(alone)

    async def copy(size: int) -> None:
        async with asyncio.TaskGroup() as group:
            for partition in log.events:
                group.create_task(feed(partition, size))

    async def feed(partition: Partition, size: int) -> None:
        for start in range(0, log.end(partition), size):
            await view.apply(log.batch(partition, start, min(start + size, log.end(partition))))

    await asyncio.gather(copy(7), copy(20), copy(33))
    assert await view.digest() == await alone.digest()
    await alone.drop()


async def test_a_store_that_lost_its_data_says_so(view: ListsView) -> None:
    log = MemoryLog()
    a_story(log)
    (partition,) = log.events
    await view.apply(log.batch(partition, 0, 4))
    await view.drop()
    await view.prepare()
    with pytest.raises(CheckpointBehind):
        await view.apply(log.batch(partition, 4))
    assert (await view.digest()).rows == 0
