"""Lists and their members."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from schemas.api.base import Command, FieldList, Fields, IdText, MaxResults, PageToken

ListName = Annotated[str, Meta(min_length=1, max_length=25)]
ListDescription = Annotated[str, Meta(max_length=100)]


class CreateList(Command, frozen=True):
    name: ListName
    description: ListDescription = ""
    private: bool = False


class ChangeList(Command, frozen=True):
    """What is not given stays."""

    name: ListName | None = None
    description: ListDescription | None = None
    private: bool | None = None


class AddMember(Command, frozen=True):
    user_id: IdText


class ChooseList(Command, frozen=True):
    """To follow it, or to pin it."""

    list_id: IdText


class ListObject(Struct, frozen=True, kw_only=True):
    """Only the fields that were asked for are set, beside the first two."""

    id: str
    name: str
    created_at: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    follower_count: int | UnsetType = UNSET
    member_count: int | UnsetType = UNSET
    owner_id: str | UnsetType = UNSET
    private: bool | UnsetType = UNSET


class CreatedList(Struct, frozen=True):
    id: str
    name: str


class Updated(Struct, frozen=True):
    updated: bool


class IsMember(Struct, frozen=True):
    is_member: bool


class FollowsList(Struct, frozen=True):
    following: bool


class ListLookup(Fields, frozen=True):
    list_fields: FieldList | None = None


class ListsQuery(ListLookup, frozen=True):
    max_results: MaxResults | None = None
    pagination_token: PageToken | None = None


class MembersQuery(Fields, frozen=True):
    max_results: MaxResults | None = None
    pagination_token: PageToken | None = None
