"""What the lists view must hold."""

from collections import Counter
from typing import Any

from msgspec import Struct, field

from projections.lists.changes import MAX_MEMBERS
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
    ListUnfollowed,
    ListUnpinned,
)
from schemas.topics import LISTS
from streams.audit.folds.told import Told, events_of


class _List(Struct):
    owner: int
    name: str
    description: str
    private: bool
    deleted: bool = False
    members: dict[int, int] = field(default_factory=dict)
    """By member the event that added them."""

    followers: dict[int, int] = field(default_factory=dict)
    pins: dict[int, int] = field(default_factory=dict)
    """By user the event by which they follow or have pinned it."""

    def keep_own(self) -> None:
        """What others had chosen is gone."""
        for chosen in (self.followers, self.pins):
            for user in chosen.keys() - {self.owner}:
                del chosen[user]


def expected(told: Told) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    listed: Counter[int] = Counter()
    for list_id, one in _lists(told).items():
        rows[f"list {list_id}"] = {
            "owner": one.owner,
            "name": one.name,
            "description": one.description,
            "private": one.private,
            "deleted": one.deleted,
            "members": len(one.members),
            "followers": len(one.followers),
        }
        for member, event_id in one.members.items():
            rows[f"member {member} of {list_id}"] = {"event_id": event_id}
        for kind, chosen in (("follow", one.followers), ("pin", one.pins)):
            for user, event_id in chosen.items():
                rows[f"{kind} of {list_id} by {user}"] = {"event_id": event_id}
        if not one.private:
            listed.update(list(one.members))
    return rows | {f"listed {user}": {"lists": number} for user, number in listed.items()}


def _lists(told: Told) -> dict[int, _List]:
    lists: dict[int, _List] = {}
    for event in events_of(told, LISTS):
        if isinstance(event, ListCreated):
            made = _List(event.actor, event.name, event.description, event.private)
            lists.setdefault(event.list_id, made)
            continue
        one = lists.get(getattr(event, "list_id", 0))
        if one is None or one.deleted:
            continue
        if isinstance(event, ListChosen):
            _choose(one, event)
        elif isinstance(event, ListMemberRemoved) and event.actor == event.member:
            one.members.pop(event.member, None)
        elif one.owner == event.actor:
            _keep(one, event)
    return lists


def _keep(one: _List, event: Event) -> None:
    match event:
        case ListChanged():
            for name in ("name", "description", "private"):
                if (given := getattr(event, name)) is not None:
                    setattr(one, name, given)
            if one.private:
                one.keep_own()
        case ListDeleted():
            one.deleted = True
            one.name = one.description = ""
            for ended in (one.members, one.followers, one.pins):
                ended.clear()
        case ListMemberAdded() if len(one.members) < MAX_MEMBERS:
            one.members.setdefault(event.member, event.event_id)
        case ListMemberRemoved():
            one.members.pop(event.member, None)
        case _:
            pass


def _choose(one: _List, event: ListChosen) -> None:
    may_begin = not one.private or one.owner == event.actor
    match event:
        case ListFollowed() if may_begin:
            one.followers.setdefault(event.actor, event.event_id)
        case ListUnfollowed():
            one.followers.pop(event.actor, None)
        case ListPinned() if may_begin:
            one.pins.setdefault(event.actor, event.event_id)
        case ListUnpinned():
            one.pins.pop(event.actor, None)
        case _:
            pass
