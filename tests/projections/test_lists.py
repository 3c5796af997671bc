import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.positions import Partition
from projections.lists import ListRow, Lists, ListsView, changes
from projections.lists.changes import State, fold, listed, touched
from projections.stores import Stores
from projections.view import CheckpointBehind
from schemas.events import (
    Event,
    ListChanged,
    ListCreated,
    ListDeleted,
    ListMemberAdded,
    ListMemberRemoved,
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


def removed(list_id: int, member: int) -> Event:
    return event(ListMemberRemoved, list_id, member=member)


SMALL = st.integers(1, 3)
EVENTS = st.lists(
    st.one_of(
        st.builds(lambda i, p: created(i, private=p), SMALL, st.booleans()),
        st.builds(
            lambda i, a, p: event(ListChanged, i, a, name="x", private=p),
            SMALL,
            st.integers(1, 2),
            st.booleans(),
        ),
        st.builds(lambda i: event(ListDeleted, i), SMALL),
        st.builds(added, SMALL, SMALL, st.integers(1, 99), st.integers(1, 2)),
        st.builds(removed, SMALL, SMALL),
    ),
    max_size=30,
)


def known(whole: State, events: Sequence[Event]) -> State:
    """What the view reads before it folds these events."""
    wanted = touched(events)
    return State(
        {i: row for i, row in whole.lists.items() if i in wanted.lists},
        {e: n for e, n in whole.members.items() if e in wanted.members or e[0] in wanted.whole},
    )


def counted(state: State) -> dict[int, int]:
    return listed(State({}, {}), state)


@given(EVENTS, EVENTS)
def test_folding_what_is_touched_is_folding_all(past: list[Event], batch: list[Event]) -> None:
    before = fold(State({}, {}), past)
    after = fold(before, batch)
    part = known(before, batch)
    became = fold(part, batch)
    assert before.lists | became.lists == after.lists
    assert became.members == known(after, batch).members
    change = listed(part, became)
    users = counted(before).keys() | change.keys()
    sums = {user: counted(before).get(user, 0) + change.get(user, 0) for user in users}
    assert {user: count for user, count in sums.items() if count} == counted(after)
    for list_id, row in after.lists.items():
        assert row.members == sum(1 for edge in after.members if edge[0] == list_id)


def test_a_list_takes_no_more_members_than_it_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MAX_MEMBERS", 2)
    state = fold(State({}, {}), [created(1), *(added(1, member) for member in range(5))])
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
    assert [m for m, _ in await lists.members(10, limit=9)] == [3, 2]
    assert [m for m, _ in await lists.members(10, before=35, limit=9)] == [2]
    assert sorted(await lists.all_members(20)) == [2, 4, 6]
    assert list(await lists.owned(1, private=True, limit=9)) == [20, 10]
    assert list(await lists.owned(1, private=False, limit=9)) == [10]
    assert await lists.with_member(2, viewer=1, limit=9) == [(20, 33), (10, 31)]
    assert await lists.with_member(2, viewer=7, limit=9) == [(10, 31)]
    assert await lists.listed_counts([2, 3, 4, 7]) == {2: 1, 3: 1}
    assert await lists.count_owned(1) == 2
    assert await lists.checkpoints() == log.ends(view)


async def test_a_list_made_public_and_deleted_counts_and_counts_no_more(
    view: ListsView, lists: Lists
) -> None:
    log = MemoryLog()
    a_story(log)
    log.append(event(ListChanged, 20, name="owls", private=False))
    (partition,) = log.events
    await view.apply(log.batch(partition))
    assert await lists.listed_counts([2, 4]) == {2: 2, 4: 1}
    log.append(event(ListDeleted, 20), created(20), added(20, 8))
    await view.apply(log.batch(partition, log.end(partition) - 3))
    counts = await lists.listed_counts([2, 4, 8])
    assert {user: count for user, count in counts.items() if count} == {2: 1}
    assert list(await lists.owned(1, private=True, limit=9)) == [10]
    assert await lists.all_members(20) == []


async def test_copies_race_and_leave_what_one_would(
    view: ListsView, stores: Stores, generation: int
) -> None:
    log = MemoryLog(3)
    for number in range(400):
        list_id = 16 * (number % 7)
        match number % 11:
            case 3:
                log.append(event(ListChanged, list_id, name="x", private=number % 2 == 0))
            case 7 if number > 350:
                log.append(event(ListDeleted, list_id))
            case 1 | 5:
                log.append(removed(list_id, number * 3 % 13))
            case 2:
                log.append(created(list_id))
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
