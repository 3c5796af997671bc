"""Statements of the views that are of no common form, each by its own text."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from tests.simulation.fakes.postgres_statements import Plan, form, put
from tests.simulation.fakes.postgres_tables import TABLES, Row, Transaction, rows_of

Maker = Callable[..., Plan]


def statement(text: str) -> Callable[[Maker], Maker]:
    """The text as the view sends it, its schema as `{schema}`."""
    pattern = re.escape(text).replace(re.escape("{schema}"), r"(?P<schema>\w+)", 1)
    return form(pattern.replace(re.escape("{schema}"), r"(?P=schema)"))


@statement(
    "SELECT found.* FROM unnest($1::bigint[], $2::bigint[]) AS asked (on_list, who)"
    " CROSS JOIN LATERAL (SELECT list_id, member, event_id FROM {schema}.members"
    " WHERE list_id = on_list AND member = who OFFSET 0) AS found"
    " UNION SELECT list_id, member, event_id FROM {schema}.members WHERE list_id = ANY($3)"
)
def _members(schema: str) -> Plan:
    async def members(within: Transaction, arguments: Sequence[Any]) -> list[Row]:
        lists, people, whole = arguments
        asked = set(zip(lists, people, strict=True))
        return [
            row
            for row in within.all(f"{schema}.members")
            if (row["list_id"], row["member"]) in asked or row["list_id"] in whole
        ]

    return members


@statement(
    "SELECT found.* FROM unnest($1::bigint[], $2::bigint[]) AS asked (follower, followee)"
    " CROSS JOIN LATERAL (SELECT * FROM {schema}.edges WHERE recipient = followee"
    " AND actor = follower AND kind IN ('follow', 'follow_request') UNION ALL"
    " SELECT * FROM {schema}.edges WHERE recipient = follower AND actor = followee"
    " AND kind = 'follow_accepted' OFFSET 0) AS found"
)
def _edges(schema: str) -> Plan:
    async def edges(within: Transaction, arguments: Sequence[Any]) -> list[Row]:
        pairs = list(zip(*arguments, strict=True))
        asked = [(b, kind, a) for a, b in pairs for kind in ("follow", "follow_request")]
        asked += [(a, "follow_accepted", b) for a, b in pairs]
        found = [within.get(f"{schema}.edges", key) for key in asked]
        return [row for row in found if row is not None]

    return edges


@statement(
    "INSERT INTO {schema}.said SELECT new.* FROM unnest($1::bigint[], $2::bigint[], $3::bigint[],"
    " $4::text[], $5::bool[], $6::bigint[]) AS new (recipient, tweet_id, author, kind, mentioned,"
    " event_id) LEFT JOIN {schema}.deleted USING (tweet_id, author) WHERE deleted.tweet_id IS NULL"
    " ON CONFLICT (recipient, tweet_id) DO UPDATE"
    " SET mentioned = said.mentioned OR excluded.mentioned"
)
def _say(schema: str) -> Plan:
    async def say(within: Transaction, arguments: Sequence[Any]) -> list[Row]:
        new = [
            row
            for row in rows_of(TABLES["said"].columns, arguments)
            if within.get(f"{schema}.deleted", (row["tweet_id"], row["author"])) is None
        ]
        action = "UPDATE SET mentioned = said.mentioned OR excluded.mentioned"
        return await put(within, f"{schema}.said", new, action, None)

    return say


@statement(
    "UPDATE {schema}.groups AS g SET count = g.count + changed.delta, event_id ="
    " coalesce((SELECT max(m.event_id) FROM {schema}.marks AS m"
    " WHERE m.tweet_id = g.tweet_id AND m.kind = g.kind), 0)"
    " FROM unnest($1::bigint[], $2::text[], $3::int[]) AS changed (tweet_id, kind, delta)"
    " WHERE g.tweet_id = changed.tweet_id AND g.kind = changed.kind"
)
def _regroup(schema: str) -> Plan:
    async def regroup(within: Transaction, arguments: Sequence[Any]) -> list[Row]:
        """The marks are those of the moment in which it begins, however long it then waits."""
        newest: dict[tuple[Any, ...], int] = {}
        for mark in within.all(f"{schema}.marks"):
            key = mark["tweet_id"], mark["kind"]
            newest[key] = max(mark["event_id"], newest.get(key, 0))
        for tweet, kind, delta in zip(*arguments, strict=True):
            group = await within.lock(f"{schema}.groups", (tweet, kind))
            if group is not None:
                event_id = newest.get((tweet, kind), 0)
                changed = {"count": group["count"] + delta, "event_id": event_id}
                within.write(f"{schema}.groups", (tweet, kind), group | changed)
        return []

    return regroup


@statement(
    "UPDATE {schema}.people SET username = named.username"
    " FROM unnest($1::bigint[], $2::text[]) AS named (user_id, username)"
    " WHERE people.user_id = named.user_id"
)
def _rename(schema: str) -> Plan:
    async def rename(within: Transaction, arguments: Sequence[Any]) -> list[Row]:
        for user, username in zip(*arguments, strict=True):
            person = await within.lock(f"{schema}.people", (user,))
            if person is not None:
                within.write(f"{schema}.people", (user,), person | {"username": username})
        return []

    return rename


@statement(
    "SELECT followee, array_agg(follower) FROM {schema}.follows"
    " WHERE followee = ANY($1) GROUP BY followee"
)
def _followers_of(schema: str) -> Plan:
    async def followers_of(within: Transaction, arguments: Sequence[Any]) -> list[Row]:
        found: dict[int, list[int]] = {}
        for row in within.all(f"{schema}.follows"):
            if row["followee"] in arguments[0]:
                found.setdefault(row["followee"], []).append(row["follower"])
        return [{"followee": followee, "array_agg": them} for followee, them in found.items()]

    return followers_of


@statement(
    "SELECT ARRAY(SELECT follower FROM {schema}.follows"
    " WHERE followee = $1 AND follower > $2 ORDER BY follower LIMIT $3)"
)
def _follower_slice(schema: str) -> Plan:
    async def follower_slice(within: Transaction, arguments: Sequence[Any]) -> list[Row]:
        user, after, limit = arguments
        follows = within.all(f"{schema}.follows")
        found = sorted(row["follower"] for row in follows if row["followee"] == user)
        return [{"array": [follower for follower in found if follower > after][:limit]}]

    return follower_slice


@statement("SELECT ARRAY(SELECT followee FROM {schema}.follows WHERE follower = $1)")
def _followees(schema: str) -> Plan:
    async def followees(within: Transaction, arguments: Sequence[Any]) -> list[Row]:
        follows = within.all(f"{schema}.follows")
        return [{"array": [r["followee"] for r in follows if r["follower"] == arguments[0]]}]

    return followees
