"""What the lists view must hold."""

from collections import Counter
from typing import Any

from msgspec import Struct, field

from projections.lists.changes import MAX_MEMBERS
from schemas.events import (
    ListChanged,
    ListCreated,
    ListDeleted,
    ListMemberAdded,
    ListMemberRemoved,
)
from schemas.topics import LISTS
from streams.audit.folds.told import Told, events_of


class _List(Struct):
    owner: int
    described: ListCreated | ListChanged
    deleted: bool = False
    members: dict[int, int] = field(default_factory=dict)
    """By member the event that added them."""


def expected(told: Told) -> dict[str, Any]:
    lists = _lists(told)
    rows: dict[str, Any] = {}
    listed: Counter[int] = Counter()
    for list_id, one in lists.items():
        rows[f"list {list_id}"] = {
            "owner": one.owner,
            "name": one.described.name,
            "description": one.described.description,
            "private": one.described.private,
            "deleted": one.deleted,
            "members": len(one.members),
        }
        for member, event_id in one.members.items():
            rows[f"member {member} of {list_id}"] = {"event_id": event_id}
        if not one.described.private:
            listed.update(list(one.members))
    return rows | {f"listed {user}": {"lists": number} for user, number in listed.items()}


def _lists(told: Told) -> dict[int, _List]:
    lists: dict[int, _List] = {}
    for event in events_of(told, LISTS):
        if isinstance(event, ListCreated):
            lists.setdefault(event.list_id, _List(event.actor, event))
            continue
        one = lists.get(getattr(event, "list_id", 0))
        if one is None or one.deleted or one.owner != event.actor:
            continue
        match event:
            case ListChanged():
                one.described = event
            case ListDeleted():
                one.deleted = True
                one.members.clear()
            case ListMemberAdded() if len(one.members) < MAX_MEMBERS:
                one.members.setdefault(event.member, event.event_id)
            case ListMemberRemoved():
                one.members.pop(event.member, None)
            case _:
                pass
    return lists
