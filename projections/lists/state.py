"""What is known of lists, and what must be known before events are folded."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from msgspec import Struct

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

Edge = tuple[int, int]
"""A list and one of its members."""

Kind = Literal["follow", "pin"]

KIND_OF: Mapping[type[Event], Kind] = {
    ListFollowed: "follow",
    ListUnfollowed: "follow",
    ListPinned: "pin",
    ListUnpinned: "pin",
}


class Choice(NamedTuple):
    """A user follows a list, or has pinned it."""

    list_id: int
    kind: Kind
    user: int


class ListRow(Struct, frozen=True):
    owner: int
    name: str
    description: str
    private: bool
    deleted: bool = False
    members: int = 0
    followers: int = 0


class State(Struct, frozen=True):
    """Lists by id; for members and choices the id of the event that made them.

    Of `emptied` lists there are no other choices than these; of others there may be.
    """

    lists: dict[int, ListRow] = {}
    members: dict[Edge, int] = {}
    choices: dict[Choice, int] = {}
    emptied: set[int] = set()


class Touched(Struct, frozen=True):
    """Lists, single members, all members of the `whole` lists, and single choices."""

    lists: set[int]
    members: set[Edge]
    whole: set[int]
    choices: set[Choice]


def touched(events: Iterable[Event]) -> Touched:
    """What must be known. Of a list's choices only its owner's: there may be millions of them."""
    found = Touched(set(), set(), set(), set())
    for event in events:
        match event:
            case ListCreated():
                found.lists.add(event.list_id)
            case ListChanged() | ListDeleted():
                found.lists.add(event.list_id)
                found.whole.add(event.list_id)
                found.choices.update(own_choices(event.list_id, event.actor))
            case ListMemberAdded() | ListMemberRemoved():
                found.lists.add(event.list_id)
                found.members.add((event.list_id, event.member))
            case ListChosen():
                found.lists.add(event.list_id)
                found.choices.add(choice_of(event))
            case _:
                pass
    return found


def own_choices(list_id: int, owner: int) -> tuple[Choice, ...]:
    return Choice(list_id, "follow", owner), Choice(list_id, "pin", owner)


def choice_of(event: ListChosen) -> Choice:
    return Choice(event.list_id, KIND_OF[type(event)], event.actor)
