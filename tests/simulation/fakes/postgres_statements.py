"""The statements that the views send to PostgreSQL, by their form.

Each form is read once and becomes a plan: what it does, given a transaction and arguments. What
has none of these forms is refused.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from typing import Any

import asyncpg

from tests.simulation.fakes.postgres_tables import TABLES, Row, Transaction

Plan = Callable[[Transaction, Sequence[Any]], Awaitable[list[Row]]]
Maker = Callable[..., Plan]
_FORMS: list[tuple[re.Pattern[str], Maker]] = []

_UNNEST = r"unnest\((?P<lists>(?:\$\d+::\w+\[\](?:, )?)+)\)"
_RETURNING = r"(?: RETURNING (?P<returning>[\w., ]+))?"


def form(pattern: str) -> Callable[[Maker], Maker]:
    def register(maker: Maker) -> Maker:
        _FORMS.append((re.compile(pattern), maker))
        return maker

    return register


@cache
def plan_of(statement: str) -> Plan:
    """Raises `NotImplementedError` for what no view sent when this was written."""
    text = " ".join(statement.split())
    for pattern, maker in _FORMS:
        if found := pattern.fullmatch(text):
            return maker(**found.groupdict())
    raise NotImplementedError(f"a statement of no known form: {text}")


@form(
    rf"SELECT found\.\* FROM {_UNNEST} AS asked \((?P<asked>[\w, ]+)\) CROSS JOIN LATERAL"
    r" \(SELECT (?P<shown>[\w, ]+) FROM (?P<table>\S+) WHERE (?P<where>[\w= ]+) OFFSET 0\) AS found"
)
def _look_up(lists: str, asked: str, shown: str, table: str, where: str) -> Plan:
    async def look_up(within: Transaction, arguments: Sequence[Any]) -> list[Row]:
        keys = dict.fromkeys(zip(*arguments, strict=True))
        found = (within.get(table, key) for key in keys)
        return [_only(row, shown) for row in found if row is not None]

    key = TABLES[_plain(table)].key
    compared = zip(key, _names(asked), strict=True)
    assert where == " AND ".join(f"{column} = {value}" for column, value in compared)
    return look_up


@form(
    r"SELECT (?P<shown>[\w, ]+) FROM (?P<table>\S+)"
    r" WHERE (?P<column>\w+) = ANY\(\$1(?:::bigint\[\])?\)"
)
def _among(shown: str, table: str, column: str) -> Plan:
    async def among(within: Transaction, arguments: Sequence[Any]) -> list[Row]:
        return [_only(row, shown) for row in within.all(table) if row[column] in arguments[0]]

    return among


@form(
    r"SELECT (?P<shown>[\w, *]+) FROM (?P<table>[\w.]+)"
    r"(?: WHERE (?P<where>[\w<>=$ ]+?))?(?P<lock> FOR UPDATE)?"
)
def _all(shown: str, table: str, where: str | None, lock: str | None) -> Plan:
    async def all_rows(within: Transaction, arguments: Sequence[Any]) -> list[Row]:
        found = within.all(table)
        if where:
            found = [row for row in found if holds(row, arguments)]
        if lock:
            table_of = TABLES[_plain(table)]
            locked = [await within.lock(table, table_of.key_of(row)) for row in found]
            found = [row for row in locked if row is not None and holds(row, arguments)]
        return found if shown == "*" else [_only(row, shown) for row in found]

    holds = condition(where or "true")
    return all_rows


@form(
    r"INSERT INTO (?P<table>\S+)(?: AS \w+)? SELECT \*(?P<constants>(?:, \d+)*)"
    rf" FROM {_UNNEST}(?: ON CONFLICT(?: \([\w, ]+\))? DO (?P<action>NOTHING|UPDATE SET .+?))?"
    + _RETURNING
)
def _insert(
    table: str, constants: str, lists: str, action: str | None, returning: str | None
) -> Plan:
    async def insert(within: Transaction, arguments: Sequence[Any]) -> list[Row]:
        rows = [(*values, *added) for values in zip(*arguments, strict=True)]
        new = [dict(zip(columns, row, strict=True)) for row in rows]
        return await put(within, table, new, action, returning)

    columns = TABLES[_plain(table)].columns
    added = [int(constant) for constant in constants.split(", ")[1:]]
    return insert


@form(r"COPY (?P<table>\S+)")
def _copy(table: str) -> Plan:
    async def copy(within: Transaction, arguments: Sequence[Any]) -> list[Row]:
        new = [dict(zip(columns, row, strict=True)) for row in arguments]
        return await put(within, table, new, None, None)

    columns = TABLES[_plain(table)].columns
    return copy


@form(r"INSERT INTO (?P<table>\S+) VALUES \(\$1, \$2, 0\) ON CONFLICT DO NOTHING")
def _first_checkpoint(table: str) -> Plan:
    async def insert(within: Transaction, arguments: Sequence[Any]) -> list[Row]:
        row = dict(zip(TABLES["checkpoints"].columns, (*arguments, 0), strict=True))
        return await put(within, table, [row], "NOTHING", None)

    return insert


@form(
    r"DELETE FROM (?P<table>\S+)(?: AS \w+)?"
    rf" USING {_UNNEST} AS \w+ \((?P<by>[\w, ]+)\) WHERE (?P<where>[\w.= ]+?)" + _RETURNING
)
def _delete(table: str, lists: str, by: str, where: str, returning: str | None) -> Plan:
    async def delete(within: Transaction, arguments: Sequence[Any]) -> list[Row]:
        asked = dict.fromkeys(zip(*arguments, strict=True))
        known = [row for row in within.all(table) if tuple(row[n] for n in names) in asked]
        gone = []
        for row in known:
            key = TABLES[_plain(table)].key_of(row)
            if (now := await within.lock(table, key)) is not None:
                within.write(table, key, None)
                gone.append(now)
        return [_only(row, returning) for row in gone] if returning else []

    names = _names(by)
    compared = [tuple(part.split(" = ")) for part in where.split(" AND ")]
    assert [one.split(".")[1] for one, _ in compared] == list(names), where
    assert [other.split(".")[1] for _, other in compared] == list(names), where
    return delete


@form(r"DELETE FROM (?P<table>\S+) WHERE (?P<column>\w+) = ANY\(\$1\)")
def _delete_among(table: str, column: str) -> Plan:
    async def delete(within: Transaction, arguments: Sequence[Any]) -> list[Row]:
        for row in [row for row in within.all(table) if row[column] in arguments[0]]:
            key = TABLES[_plain(table)].key_of(row)
            if await within.lock(table, key) is not None:
                within.write(table, key, None)
        return []

    return delete


@form(r"UPDATE (?P<table>\S+) SET next_offset = \$3 WHERE topic = \$1 AND partition = \$2")
def _advance(table: str) -> Plan:
    async def advance(within: Transaction, arguments: Sequence[Any]) -> list[Row]:
        topic, number, next_offset = arguments
        if (row := await within.lock(table, (topic, number))) is not None:
            within.write(table, (topic, number), row | {"next_offset": next_offset})
        return []

    return advance


async def put(
    within: Transaction, table: str, new: Sequence[Row], action: str | None, returning: str | None
) -> list[Row]:
    """Inserts rows; `action` says what a row that is there already comes to."""
    touched: dict[tuple[Any, ...], Row] = {}
    for row in new:
        key = TABLES[_plain(table)].key_of(row)
        if action == "NOTHING" and await within.settled(table, key) is not None:
            continue
        now = await within.lock(table, key)
        if now is None:
            within.write(table, key, row)
        elif action is None:
            raise asyncpg.UniqueViolationError(f"{table} {key}")
        elif key in touched:
            raise asyncpg.CardinalityViolationError(f"{table} {key} a second time")
        else:
            within.write(table, key, now | _changes(action, now, row))
        touched[key] = row
    return [_only(row, returning) for row in touched.values()] if returning else []


def _changes(action: str, now: Row, excluded: Row) -> Row:
    """`a = excluded.a, b = t.b + excluded.b`: `now` under any other name than `excluded`."""
    changes: Row = {}
    for assigned in re.split(r", (?=\w+ = )", action.removeprefix("UPDATE SET ")):
        column, value = assigned.split(" = ")
        changes[column] = _expression(value)(now, excluded)
    return changes


@cache
def _expression(value: str) -> Callable[[Row, Row], Any]:
    python = re.sub(r"\bexcluded\.(\w+)", r"excluded['\1']", value)
    python = re.sub(r"\b(?!excluded\b)\w+\.(\w+)", r"now['\1']", python)
    python = python.replace("greatest(", "max(").replace(" OR ", " or ")
    found: Callable[[Row, Row], Any] = eval(f"lambda now, excluded: {python}")  # noqa: S307
    return found


@cache
def condition(where: str) -> Callable[[Row, Sequence[Any]], bool]:
    python = where.replace("true", "True").replace("<>", "!=").replace(" = ", " == ")
    python = re.sub(r"\$(\d+)", lambda n: f"arguments[{int(n[1]) - 1}]", python)
    python = re.sub(r"\b(?!True|OR|AND|arguments)([a-z_]+)\b", r"row['\1']", python)
    python = python.replace(" OR ", " or ").replace(" AND ", " and ")
    found: Callable[[Row, Sequence[Any]], bool] = eval(f"lambda row, arguments: {python}")  # noqa: S307
    return found


def _only(row: Row, shown: str) -> Row:
    return {name: row[name] for name in (one.split(".")[-1] for one in shown.split(", "))}


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(", "))


def _plain(table: str) -> str:
    return table.rpartition(".")[2]
