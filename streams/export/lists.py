"""Lists that somebody keeps."""

from msgspec import UNSET, Struct, UnsetType, field

from gateway.times import timestamp
from schemas.events import (
    Event,
    ListChanged,
    ListCreated,
    ListDeleted,
    ListMemberAdded,
    ListMemberRemoved,
)


class OwnList(Struct, kw_only=True):
    id: str
    name: str
    description: str
    private: bool
    members: list[str] = field(default_factory=list)
    deleted_at: str | UnsetType = UNSET


def keep_list(lists: dict[int, OwnList], event: Event) -> None:
    match event:
        case ListCreated():
            lists.setdefault(
                event.list_id,
                OwnList(
                    id=str(event.list_id),
                    name=event.name,
                    description=event.description,
                    private=event.private,
                ),
            )
        case ListChanged() if known := lists.get(event.list_id):
            known.name = known.name if event.name is None else event.name
            known.description = (
                known.description if event.description is None else event.description
            )
            known.private = known.private if event.private is None else event.private
        case ListDeleted() if known := lists.get(event.list_id):
            known.deleted_at = timestamp(event.at)
        case _:
            pass


def keep_member(lists: dict[int, OwnList], event: ListMemberAdded | ListMemberRemoved) -> None:
    if known := lists.get(event.list_id):
        member = str(event.member)
        if isinstance(event, ListMemberAdded) and member not in known.members:
            known.members.append(member)
        elif isinstance(event, ListMemberRemoved) and member in known.members:
            known.members.remove(member)
