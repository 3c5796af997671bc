"""The rules of one's filtered stream."""

import asyncio
from collections.abc import Sequence

from aiohttp import web
from msgspec import UNSET

from events.clock import now_ms
from gateway.answers import answer
from gateway.cursors import place_of, token_after
from gateway.endpoints import Endpoints
from gateway.hub import hub_of
from gateway.parameters import id_of, ids_of
from gateway.problems import PROBLEMS, forbidden, invalid
from gateway.requests import user_of
from gateway.rules import MAX_LENGTH, MAX_RULES, Rule, TooManyRules
from gateway.state import gateway_of
from gateway.times import timestamp
from schemas.api.answers import Answer, PartialError
from schemas.api.rules import (
    ChangeRules,
    ChangeRulesQuery,
    NewRule,
    RuleCounts,
    RuleCountsQuery,
    RuleObject,
    RulesChanged,
    RulesOfApp,
    RulesPage,
    RulesQuery,
)
from schemas.search import QueryRejected, parse, pointed

endpoints = Endpoints()

OF_LATER = frozenset({"min_likes"})
"""A stream tells of a tweet when nobody has liked it yet."""

MAX_RULES_BODY_BYTES = 8 * 1_024 * 1_024
"""1,000 rules with their tags, each character as JSON may write it, in six bytes."""


@endpoints.post(
    "/2/tweets/search/stream/rules",
    answers=list[RuleObject],
    statuses=(200, 201),
    largest=MAX_RULES_BODY_BYTES,
    meta=RulesPage,
)
async def change_rules(
    request: web.Request, asked: ChangeRulesQuery, command: ChangeRules
) -> web.Response:
    """Add rules to your filtered stream, or delete some."""
    if (command.add, command.delete, asked.delete_all or None).count(None) != 2:
        raise invalid("say one of add, delete and delete_all")
    if command.add is not None:
        return await _add(request, command.add, dry_run=asked.dry_run)
    user, hub = user_of(request), hub_of(request)
    if command.delete is None:
        deleted = await hub.rules.delete_all(user, dry_run=asked.dry_run)
        summary = RulesChanged(deleted=deleted, not_deleted=0)
    else:
        ids = {id_of(text, "delete.ids") for text in command.delete.ids}
        values = set(command.delete.values)
        deleted = await hub.rules.delete(user, ids, values, dry_run=asked.dry_run)
        missed = max(0, len(ids) + len(values) - deleted)
        summary = RulesChanged(deleted=deleted, not_deleted=missed)
    await hub.sets.refresh()
    return answer(Answer(meta=_meta(0, summary=summary)))


async def _add(request: web.Request, new: Sequence[NewRule], *, dry_run: bool) -> web.Response:
    for number, rule in enumerate(new):
        _check(rule, number)
        await asyncio.sleep(0)  # a thousand of them may take seconds
    user, hub, ids = user_of(request), hub_of(request), gateway_of(request).ids
    asked = [Rule(ids.next(), rule.value, rule.tag) for rule in new]
    try:
        added, duplicates = await hub.rules.add(user, asked, dry_run=dry_run)
    except TooManyRules as error:
        raise forbidden(f"add: {error}") from error
    await hub.sets.refresh()
    created, refused = len(added), len(duplicates)
    summary = RulesChanged(created=created, not_created=refused, valid=created, invalid=refused)
    return answer(
        Answer(
            data=_objects(added) or UNSET,
            errors=[_duplicate(rule) for rule in duplicates] or UNSET,
            meta=_meta(created, summary=summary),
        ),
        status=201,
    )


@endpoints.get("/2/tweets/search/stream/rules", answers=list[RuleObject], meta=RulesPage)
async def rules(request: web.Request, asked: RulesQuery) -> web.Response:
    """The rules of your filtered stream, the newest first."""
    limit = asked.max_results or MAX_RULES
    ids = None if asked.ids is None else ids_of(asked.ids)
    before = place_of(asked.pagination_token)
    found = await hub_of(request).rules.page(user_of(request), ids, before=before, limit=limit + 1)
    page = found[:limit]
    following = token_after(page[-1].rule_id) if len(found) > limit else None
    return answer(Answer(data=_objects(page) or UNSET, meta=_meta(len(page), next_token=following)))


@endpoints.get("/2/tweets/search/stream/rules/counts", answers=RuleCounts)
async def rule_counts(request: web.Request, asked: RuleCountsQuery) -> web.Response:
    """How many rules your filtered stream has, and how many it can have."""
    user = user_of(request)
    count = await hub_of(request).rules.count(user)
    cap = str(MAX_RULES)
    counts = RuleCounts(cap, cap, RulesOfApp(str(user), count), str(count))
    return answer(Answer(data=counts))


def _check(rule: NewRule, number: int) -> None:
    """Raises a 400 `Problem` that shows the place in the rule."""
    if "\0" in rule.value + rule.tag:
        raise invalid(f"add[{number}]: no rule and no tag holds the character 0")
    try:
        parse(rule.value, max_length=MAX_LENGTH, without=OF_LATER)
    except QueryRejected as error:
        raise invalid(f"add[{number}].value: {error}\n{pointed(rule.value, error)}") from error


def _objects(rules: Sequence[Rule]) -> list[RuleObject]:
    return [RuleObject(str(rule.rule_id), rule.value, rule.tag) for rule in rules]


def _meta(
    count: int,
    *,
    summary: RulesChanged | None = None,
    next_token: str | None = None,
) -> RulesPage:
    sent = timestamp(now_ms())
    return RulesPage(result_count=count, sent=sent, summary=summary, next_token=next_token)


def _duplicate(rule: Rule) -> PartialError:
    return PartialError(
        title="DuplicateRule",
        detail=f"rule {rule.rule_id} is the same",
        type=f"{PROBLEMS}/invalid-request",
        resource_type="rule",
        parameter="add",
        resource_id=str(rule.rule_id),
        value=rule.value,
        id=str(rule.rule_id),
    )
