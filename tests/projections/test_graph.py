import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.positions import Partition
from projections.graph import Counts, Graph, GraphView
from projections.graph.writes import Edge, fold
from projections.stores import Stores
from projections.view import CheckpointBehind
from schemas.events import Event, UserFollowed
from tests.projections.memory_log import MemoryLog, followed, unfollowed

SMALL = st.integers(1, 4)
EVENTS = st.lists(
    st.builds(
        lambda follow, one, other, event_id: (followed if follow else unfollowed)(
            one, other, event_id
        ),
        st.booleans(),
        SMALL,
        SMALL,
        st.integers(1, 10_000),
    )
)


def one_by_one(edges: dict[Edge, int], events: Sequence[Event]) -> dict[Edge, int]:
    edges = dict(edges)
    for event in events:
        match event:
            case UserFollowed(actor=one, target=other):
                edges.setdefault((one, other), event.event_id)
            case _:
                edges.pop((event.actor, event.target), None)  # type: ignore[attr-defined]
    return edges


@given(before=st.dictionaries(st.tuples(SMALL, SMALL), st.integers(1, 9)), events=EVENTS)
def test_a_fold_ends_where_one_by_one_does(
    before: dict[Edge, int], events: Sequence[Event]
) -> None:
    ended, begun = fold(events)
    after = {edge: number for edge, number in before.items() if edge not in ended}
    assert begun | after == one_by_one(before, events)


@pytest.fixture
async def view(stores: Stores, generation: int) -> AsyncIterator[GraphView]:
    view = GraphView(stores.postgres, generation)
    await view.prepare()
    yield view
    await view.drop()


@pytest.fixture
def graph(stores: Stores, generation: int) -> Graph:
    return Graph(stores.postgres, generation)


def a_story(log: MemoryLog) -> None:
    log.append(followed(1, 2, 10), followed(1, 3, 11), followed(2, 3, 12), followed(1, 2, 13))
    log.append(unfollowed(1, 3, 14), unfollowed(1, 4, 15), followed(1, 3, 16), unfollowed(2, 3, 17))


async def test_edges_and_counts(view: GraphView, graph: Graph) -> None:
    log = MemoryLog()
    a_story(log)
    await log.feed(view)
    assert await graph.following(1, limit=9) == [(3, 16), (2, 10)]
    assert await graph.following(1, before=16, limit=9) == [(2, 10)]
    assert await graph.followers(3, limit=9) == [(1, 16)]
    assert await graph.counts([1, 2, 3]) == {1: Counts(0, 2), 2: Counts(1, 0), 3: Counts(1, 0)}
    assert sorted(await graph.followees(1)) == [2, 3]
    assert await graph.followers_of([2, 3, 4]) == {2: [1], 3: [1]}
    assert await graph.checkpoints() == log.ends(view)


async def test_followers_come_in_slices_by_id(view: GraphView, graph: Graph) -> None:
    log = MemoryLog()
    log.append(*(followed(user, 99) for user in range(1, 8)))
    await log.feed(view)
    assert await graph.follower_slice(99, after=-1, limit=3) == [1, 2, 3]
    assert await graph.follower_slice(99, after=3, limit=3) == [4, 5, 6]
    assert await graph.follower_slice(99, after=6, limit=3) == [7]


async def test_a_batch_applied_twice_is_applied_once(view: GraphView) -> None:
    log = MemoryLog()
    a_story(log)
    await log.feed(view)
    before = await view.digest()
    await log.feed(view, view)
    assert await view.digest() == before


async def test_an_older_batch_after_a_newer_one_changes_nothing(view: GraphView) -> None:
    log = MemoryLog()
    a_story(log)
    (partition,) = log.events
    await log.feed(view)
    before, checkpoints = await view.digest(), await view.checkpoints()
    for start in range(log.end(partition)):
        await view.apply(log.batch(partition, start, start + 1))
        assert await view.digest() == before
        assert await view.checkpoints() == checkpoints


async def test_a_batch_half_known_is_applied_from_where_the_store_stands(
    view: GraphView, graph: Graph
) -> None:
    log = MemoryLog()
    a_story(log)
    (partition,) = log.events
    await view.apply(log.batch(partition, 0, 5))
    await view.apply(log.batch(partition, 2))
    assert await graph.counts([1, 2, 3]) == {1: Counts(0, 2), 2: Counts(1, 0), 3: Counts(1, 0)}


async def test_copies_race_and_leave_what_one_would(
    view: GraphView, stores: Stores, generation: int
) -> None:
    log = MemoryLog(3)
    for number in range(600):
        change = unfollowed if number % 3 == 2 else followed
        log.append(change(16 * (number % 9), 16 * (number * 7 % 11) + 1, number + 1))
    alone = GraphView(stores.postgres, generation + 1_000_000)
    await alone.prepare()
    await log.feed(alone)

    async def copy(size: int) -> None:
        view = GraphView(stores.postgres, generation)
        async with asyncio.TaskGroup() as group:
            for partition in log.events:
                group.create_task(feed(view, partition, size))

    async def feed(view: GraphView, partition: Partition, size: int) -> None:
        for start in range(0, log.end(partition), size):
            await view.apply(log.batch(partition, start, min(start + size, log.end(partition))))

    await asyncio.gather(copy(7), copy(20), copy(33))
    assert await view.digest() == await alone.digest()
    assert await view.checkpoints() == {p: log.end(p) for p in log.events}
    await alone.drop()


async def test_a_store_that_lost_its_data_says_so(view: GraphView) -> None:
    log = MemoryLog()
    a_story(log)
    (partition,) = log.events
    await view.apply(log.batch(partition, 0, 4))
    await view.drop()
    await view.prepare()
    with pytest.raises(CheckpointBehind):
        await view.apply(log.batch(partition, 4))
    assert await view.checkpoints() in ({}, {partition: 0})
    assert (await view.digest()).rows == 0


async def test_preparing_and_dropping_at_once_get_on(view: GraphView) -> None:
    await asyncio.gather(*(step() for _ in range(20) for step in (view.prepare, view.drop)))
    await view.prepare()
    assert (await view.digest()).rows == 0


async def test_a_transaction_that_fails_leaves_neither_rows_nor_checkpoint(
    view: GraphView, stores: Stores, generation: int
) -> None:
    log = MemoryLog()
    log.append(followed(1, 2), followed(1, 3))
    (partition,) = log.events
    await stores.postgres.execute(f"DROP TABLE graph_g{generation}.counts")
    with pytest.raises(view.transient):
        await view.apply(log.batch(partition))
    await view.prepare()
    assert await view.checkpoints() in ({}, {partition: 0})
    assert (await view.digest()).rows == 0
    await log.feed(view)
    assert (await view.digest()).rows == 5
