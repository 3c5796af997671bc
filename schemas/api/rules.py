"""The rules of the filtered stream."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

from schemas.api.answers import Page
from schemas.api.base import Command, FieldList, Fields, IdText, PageToken, Query, whole


class NewRule(Command, frozen=True):
    value: Annotated[str, Meta(min_length=1, max_length=1_024)]
    tag: Annotated[str, Meta(max_length=256)] = ""


class DeleteRules(Command, frozen=True):
    ids: Annotated[list[IdText], Meta(max_length=1_000)] = field(default_factory=list)
    values: Annotated[list[str], Meta(max_length=1_000)] = field(default_factory=list)


class ChangeRules(Command, frozen=True):
    """Either of the two."""

    add: Annotated[list[NewRule], Meta(min_length=1, max_length=1_000)] | None = None
    delete: DeleteRules | None = None


class RuleObject(Struct, frozen=True):
    id: str
    value: str
    tag: str


class RulesChanged(Struct, frozen=True, kw_only=True):
    """The last two after a deletion, the others after an addition."""

    created: int | UnsetType = UNSET
    not_created: int | UnsetType = UNSET
    valid: int | UnsetType = UNSET
    invalid: int | UnsetType = UNSET
    deleted: int | UnsetType = UNSET
    not_deleted: int | UnsetType = UNSET


class RulesPage(Page, frozen=True, kw_only=True):
    """`sent` is the time of the answer."""

    sent: str
    summary: RulesChanged | None = None


class RulesOfApp(Struct, frozen=True):
    client_app_id: str
    rule_count: int


class RuleCounts(Struct, frozen=True):
    """In X's words; here each user is an app and a project."""

    cap_per_client_app: str
    cap_per_project: str
    client_app_rules_count: RulesOfApp
    project_rules_count: str


class MatchingRule(Struct, frozen=True):
    id: str
    tag: str


class StreamQuery(Fields, frozen=True):
    """A stream tells of what is written from now on: the first three, which X has, do nothing."""

    backfill_minutes: Annotated[int, Meta(ge=0, le=5)] | None = None
    start_time: Annotated[str, Meta(max_length=40)] | None = None
    end_time: Annotated[str, Meta(max_length=40)] | None = None


class Sample10Query(StreamQuery, frozen=True):
    partition: Annotated[int, Meta(ge=1, le=2)] | None = None


class ChangeRulesQuery(Query, frozen=True):
    dry_run: bool = False
    delete_all: bool = False


class RulesQuery(Query, frozen=True):
    ids: Annotated[str, Meta(pattern=whole("[0-9]{1,19}(,[0-9]{1,19}){0,999}"))] | None = None
    max_results: Annotated[int, Meta(ge=1, le=1_000)] | None = None
    pagination_token: PageToken | None = None


class RuleCountsQuery(Query, frozen=True):
    rules_count_fields: FieldList | None = None
