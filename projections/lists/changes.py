"""What events do to lists, in their order."""

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from projections.lists.state import ListRow, State, choice_of, own_choices
from schemas.events import (
    Event,
    ListChanged,
    ListChosen,
    ListCreated,
    ListDeleted,
    ListFollowed,
    ListMemberAdded,
    ListMemberRemoved,
    ListPinned,
)

MAX_MEMBERS = 5_000
CHANGEABLE = ("name", "description", "private")


def fold(before: State, events: Iterable[Event]) -> State:
    """How what the events touch ends, given how it stood before."""
    after = State(dict(before.lists), dict(before.members), dict(before.choices))
    for event in events:
        _happen(after, event)
    return after


def _happen(now: State, event: Event) -> None:
    if isinstance(event, ListCreated):
        row = ListRow(event.actor, event.name, event.description, event.private)
        now.lists.setdefault(event.list_id, row)
        return
    row_now = now.lists.get(getattr(event, "list_id", 0))
    if row_now is None or row_now.deleted:
        return
    if isinstance(event, ListChosen):
        _choose(now, row_now, event)
    elif row_now.owner == event.actor or _leaves(event):
        _keep(now, row_now, event)


def _leaves(event: Event) -> bool:
    """Whether somebody goes off a list, whoever made it."""
    return isinstance(event, ListMemberRemoved) and event.member == event.actor


def _keep(now: State, row: ListRow, event: Event) -> None:
    """What the owner of a list does, or a member who leaves it."""
    match event:
        case ListChanged(list_id=list_id):
            given = {name: getattr(event, name) for name in CHANGEABLE}
            changed = {name: value for name, value in given.items() if value is not None}
            now.lists[list_id] = replace(row, **changed)
            if event.private and not row.private:
                _empty(now, list_id)
        case ListDeleted(list_id=list_id):
            now.lists[list_id] = replace(row, name="", description="", deleted=True, members=0)
            for edge in [edge for edge in now.members if edge[0] == list_id]:
                del now.members[edge]
            _empty(now, list_id)
        case ListMemberAdded(list_id=list_id, member=member):
            if (list_id, member) not in now.members and row.members < MAX_MEMBERS:
                now.members[list_id, member] = event.event_id
                now.lists[list_id] = replace(row, members=row.members + 1)
        case ListMemberRemoved(list_id=list_id, member=member):
            if now.members.pop((list_id, member), None) is not None:
                now.lists[list_id] = replace(row, members=row.members - 1)
        case _:
            pass


def _choose(now: State, row: ListRow, event: ListChosen) -> None:
    """What anybody does who sees the list."""
    choice = choice_of(event)
    followers = row.followers
    match event:
        case ListFollowed() | ListPinned():
            if choice in now.choices or (row.private and row.owner != event.actor):
                return
            now.choices[choice] = event.event_id
            followers += choice.kind == "follow"
        case _:
            if now.choices.pop(choice, None) is None:
                return
            followers -= choice.kind == "follow"
    now.lists[event.list_id] = replace(row, followers=followers)


def _empty(now: State, list_id: int) -> None:
    """Nobody follows the list or has pinned it any more, but its owner as long as it is there."""
    row = now.lists[list_id]
    own = () if row.deleted else own_choices(list_id, row.owner)
    for choice in [one for one in now.choices if one.list_id == list_id and one not in own]:
        del now.choices[choice]
    follows = any(choice.kind == "follow" for choice in own if choice in now.choices)
    now.lists[list_id] = replace(row, followers=int(follows))
    now.emptied.add(list_id)


def listed(before: State, after: State) -> dict[int, int]:
    """By user, on how many more lists that everybody may see."""
    counts: Counter[int] = Counter(_public(after))
    counts.subtract(_public(before))
    return {user: counts[user] for user in sorted(counts) if counts[user]}


def _public(state: State) -> Iterable[int]:
    lists: Mapping[int, ListRow] = state.lists
    return (member for list_id, member in state.members if not lists[list_id].private)
