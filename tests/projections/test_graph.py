import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.positions import Partition
from projections.graph import Counts, Edge, Graph, GraphView, Silenced
from projections.graph.relations import Relations, Touched, fold, touched
from projections.graph.tables import TABLES
from projections.stores import Stores
from projections.view import CheckpointBehind
from schemas.events import (
    Event,
    FollowerRemoved,
    FollowRequestAnswered,
    FollowRequested,
    UserBlocked,
    UserFollowed,
    UserMuted,
    UserUnblocked,
    UserUnfollowed,
    UserUnmuted,
)
from tests.projections.memory_log import (
    MemoryLog,
    answered,
    followed,
    follower_removed,
    to_target,
    unfollowed,
)

SMALL = st.integers(1, 3)


def an_event(what: str, one: int, other: int, event_id: int) -> Event:
    match what:
        case "accept" | "decline":
            return answered(one, other, event_id, accepted=what == "accept")
        case "remove":
            return follower_removed(one, other, event_id)
        case _:
            return to_target(TO_TARGET[what], one, other, event_id)


TO_TARGET = {
    "follow": UserFollowed,
    "unfollow": UserUnfollowed,
    "request": FollowRequested,
    "block": UserBlocked,
    "unblock": UserUnblocked,
    "mute": UserMuted,
    "unmute": UserUnmuted,
}
WHAT = (*TO_TARGET, "accept", "decline", "remove")
EVENTS = st.lists(
    st.builds(an_event, st.sampled_from(WHAT), SMALL, SMALL, st.integers(1, 10_000)), max_size=30
)


class Told:
    """What a list of events says, told one by one without a thought of speed."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.state: dict[tuple[str, int, int], tuple[str, int]] = {}
        for event in events:
            self._tell(event, event.actor, getattr(event, "target", getattr(event, "follower", 0)))

    def _tell(self, event: Event, actor: int, other: int) -> None:
        edge, backwards = ("edge", actor, other), ("edge", other, actor)
        following, asking = ("following", event.event_id), ("asking", event.event_id)
        match event:
            case UserFollowed() if self.state.get(edge, ("",))[0] != "following":
                self.state[edge] = following
            case UserUnfollowed():
                self.state.pop(edge, None)
            case FollowRequested():
                self.state.setdefault(edge, asking)
            case FollowRequestAnswered() if self.state.get(backwards, ("",))[0] == "asking":
                del self.state[backwards]
                if event.accepted:
                    self.state[backwards] = following
            case FollowerRemoved():
                self.state.pop(backwards, None)
            case UserBlocked():
                self.state.setdefault(("block", actor, other), ("block", event.event_id))
            case UserUnblocked():
                self.state.pop(("block", actor, other), None)
            case UserMuted():
                self.state.setdefault(("mute", actor, other), ("mute", event.event_id))
            case UserUnmuted():
                self.state.pop(("mute", actor, other), None)

    def relations(self) -> Relations:
        def relation(state: str) -> dict[Edge, int]:
            return {
                (one, other): event_id
                for (_, one, other), (found, event_id) in self.state.items()
                if found == state
            }

        return Relations(*map(relation, ("following", "asking", "block", "mute")))


def only(relations: Relations, edges: Touched) -> Relations:
    kinds = (edges.follows, edges.follows, edges.blocks, edges.mutes)
    return Relations(
        *(
            {edge: relation[edge] for edge in relation.keys() & kind}
            for relation, kind in zip(relations, kinds, strict=True)
        )
    )


@given(past=EVENTS, events=EVENTS)
def test_a_fold_ends_where_one_by_one_does(past: list[Event], events: list[Event]) -> None:
    before = only(Told(past).relations(), touched(events))
    assert fold(before, events) == only(Told(past + events).relations(), touched(events))


@given(past=EVENTS, events=EVENTS)
def test_what_a_run_of_events_does_not_touch_it_does_not_change(
    past: list[Event], events: list[Event]
) -> None:
    before, after = Told(past).relations(), Told(past + events).relations()
    inside = only(before, touched(events)), only(after, touched(events))
    for old, new, old_inside, new_inside in zip(before, after, *inside, strict=True):
        assert {edge: old[edge] for edge in old.keys() - old_inside.keys()} == {
            edge: new[edge] for edge in new.keys() - new_inside.keys()
        }


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
    chance = random.Random(4)
    for number in range(900):
        one, other = 16 * chance.randrange(9), 16 * chance.randrange(9)
        log.append(an_event(chance.choice(WHAT), one, other, number + 1))
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
    told = Told([event for events in log.events.values() for event in events]).relations()
    for table, relation in zip(TABLES, told, strict=True):
        rows = await stores.postgres.fetch(f"SELECT * FROM graph_g{generation}.{table.name}")
        assert {(row[0], row[1]): row[2] for row in rows} == relation
    counted = Counter(followee for _, followee in told.follows)
    counts = await Graph(stores.postgres, generation).counts(range(16 * 9))
    assert {user: count.followers for user, count in counts.items() if count.followers} == counted
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


def a_quarrel(log: MemoryLog) -> None:
    log.append(followed(1, 2, 10), followed(2, 1, 11), to_target(UserMuted, 1, 3, 12))
    log.append(to_target(UserBlocked, 1, 2, 13), unfollowed(1, 2, 14), follower_removed(1, 2, 15))
    log.append(to_target(UserBlocked, 1, 4, 16), to_target(UserBlocked, 4, 1, 17))
    log.append(to_target(UserBlocked, 1, 2, 18), to_target(UserUnblocked, 1, 4, 19))


async def test_blocks_and_mutes(view: GraphView, graph: Graph) -> None:
    log = MemoryLog()
    a_quarrel(log)
    await log.feed(view)
    assert await graph.blocked(1, limit=9) == [(2, 13)]
    assert await graph.muted(1, limit=9) == [(3, 12)]
    assert await graph.silenced(1) == Silenced(frozenset({3}), frozenset({2}), frozenset({4}))
    assert await graph.silenced(3) == Silenced(frozenset(), frozenset(), frozenset())
    assert await graph.edges([(1, 2), (2, 1)]) == set()
    assert await graph.counts([1, 2]) == {}


async def test_requests_become_follows_or_nothing(view: GraphView, graph: Graph) -> None:
    log = MemoryLog()
    log.append(*(to_target(FollowRequested, user, 9, 10 + user) for user in range(1, 6)))
    await log.feed(view)
    assert await graph.requests_to(9, limit=2) == [(5, 15), (4, 14)]
    assert await graph.requests_to(9, before=12, limit=9) == [(1, 11)]
    assert await graph.requests_of(1, limit=9) == [(9, 11)]
    assert await graph.counts([9]) == {}
    log.append(answered(9, 1, 20), answered(9, 2, 21, accepted=False), unfollowed(3, 9, 22))
    log.append(answered(9, 3, 23), followed(4, 9, 24), answered(9, 7, 25))
    await log.feed(view)
    assert await graph.requests_to(9, limit=9) == [(5, 15)]
    assert await graph.followers(9, limit=9) == [(4, 24), (1, 20)]
    assert await graph.edges([(1, 9), (2, 9), (9, 1)]) == {(1, 9)}
    assert await graph.counts([9, 1]) == {9: Counts(2, 0), 1: Counts(0, 1)}


async def test_who_is_barred(view: GraphView, graph: Graph) -> None:
    log = MemoryLog()
    a_quarrel(log)
    log.append(followed(1, 5))
    await log.feed(view)
    authors, protected = {2, 3, 4, 5, 6, 7}, {5, 6}
    assert await graph.barred(1, authors, protected, own=True) == {2, 4, 6}
    assert await graph.barred(1, authors, protected, own=False) == {4, 6}
    assert await graph.barred(2, authors, (), own=True) == set()


async def test_what_is_between_two(view: GraphView, graph: Graph) -> None:
    log = MemoryLog()
    a_quarrel(log)
    log.append(followed(5, 1), followed(1, 5), to_target(FollowRequested, 6, 1))
    await log.feed(view)
    assert await graph.connections(1, [2, 3, 4, 5, 6, 7]) == {
        2: {"blocking"},
        3: {"muting"},
        5: {"following", "followed_by"},
        6: {"follow_request_received"},
    }
    assert await graph.connections(6, [1, 2]) == {1: {"follow_request_sent"}}
