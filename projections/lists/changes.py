"""What events do to lists, in their order."""

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from schemas.events import (
    Event,
    ListChanged,
    ListCreated,
    ListDeleted,
    ListMemberAdded,
    ListMemberRemoved,
)

MAX_MEMBERS = 5_000

Edge = tuple[int, int]
"""A list and one of its members."""


class ListRow(Struct, frozen=True):
    owner: int
    name: str
    description: str
    private: bool
    deleted: bool = False
    members: int = 0


class State(Struct, frozen=True):
    """Lists by id, and for members the id of the event that added them."""

    lists: dict[int, ListRow]
    members: dict[Edge, int]


class Touched(Struct, frozen=True):
    """What must be known before events are folded: lists, single members, all members of some."""

    lists: set[int]
    members: set[Edge]
    whole: set[int]


def touched(events: Iterable[Event]) -> Touched:
    found = Touched(set(), set(), set())
    for event in events:
        match event:
            case ListCreated():
                found.lists.add(event.list_id)
            case ListChanged() | ListDeleted():
                found.lists.add(event.list_id)
                found.whole.add(event.list_id)
            case ListMemberAdded() | ListMemberRemoved():
                found.lists.add(event.list_id)
                found.members.add((event.list_id, event.member))
            case _:
                pass
    return found


def fold(before: State, events: Iterable[Event]) -> State:
    """How the lists and members that the events touch end, given how they stood before."""
    after = State(dict(before.lists), dict(before.members))
    for event in events:
        _happen(after, event)
    return after


def _happen(now: State, event: Event) -> None:
    if isinstance(event, ListCreated):
        row = ListRow(event.actor, event.name, event.description, event.private)
        now.lists.setdefault(event.list_id, row)
        return
    list_id = getattr(event, "list_id", 0)
    row_now = now.lists.get(list_id)
    if row_now is None or row_now.deleted or row_now.owner != event.actor:
        return
    match event:
        case ListChanged():
            now.lists[list_id] = replace(
                row_now, name=event.name, description=event.description, private=event.private
            )
        case ListDeleted():
            now.lists[list_id] = replace(row_now, deleted=True, members=0)
            for edge in [edge for edge in now.members if edge[0] == list_id]:
                del now.members[edge]
        case ListMemberAdded(member=member):
            if (list_id, member) not in now.members and row_now.members < MAX_MEMBERS:
                now.members[list_id, member] = event.event_id
                now.lists[list_id] = replace(row_now, members=row_now.members + 1)
        case ListMemberRemoved(member=member):
            if now.members.pop((list_id, member), None) is not None:
                now.lists[list_id] = replace(row_now, members=row_now.members - 1)
        case _:
            pass


def listed(before: State, after: State) -> dict[int, int]:
    """By user, on how many more lists that everybody may see."""
    counts: Counter[int] = Counter(_public(after))
    counts.subtract(_public(before))
    return {user: counts[user] for user in sorted(counts) if counts[user]}


def _public(state: State) -> Iterable[int]:
    lists: Mapping[int, ListRow] = state.lists
    return (member for list_id, member in state.members if not lists[list_id].private)
