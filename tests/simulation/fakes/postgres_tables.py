"""PostgreSQL's tables, locks and transactions in memory, at the isolation READ COMMITTED.

A row that a transaction has written is locked until it ends. Who wants to write it waits, and then
goes on with the row as the other has left it; who only reads sees what is committed, and his own.
"""

import asyncio
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import asyncpg
from msgspec import Struct

from projections.analytics import AnalyticsView
from projections.checkpoints import postgres as checkpoints
from projections.graph import GraphView
from projections.lists import ListsView
from projections.notices import NoticesView
from projections.postgres import COMMAND_SECONDS

Row = dict[str, Any]
Key = tuple[Any, ...]
Place = tuple[str, Key]
"""A table, with its schema, and a key in it."""


class Table(Struct, frozen=True):
    """Columns in their order, and those of the primary key."""

    columns: tuple[str, ...]
    key: tuple[str, ...]

    def key_of(self, row: Row) -> Key:
        return tuple(row[column] for column in self.key)


_CREATE = re.compile(r"CREATE TABLE IF NOT EXISTS \{schema\}\.(\w+) \((.*?)\n\)", re.S)


@cache
def _tables(definition: str) -> dict[str, Table]:
    found: dict[str, Table] = {}
    for name, body in _CREATE.findall(definition):
        columns = re.findall(r"(?:^|,)\s*([a-z_]+) (?:bigint|text|int|bool|date)", body)
        inline = re.findall(r"([a-z_]+) \w+ PRIMARY KEY", body)
        listed = re.findall(r"PRIMARY KEY \((.*?)\)", body)
        found[name] = Table(tuple(columns), tuple(listed[0].split(", ") if listed else inline))
    return found


VIEWS = (GraphView, NoticesView, ListsView, AnalyticsView)
TABLES = {
    name: table
    for definition in (*(view.tables for view in VIEWS), checkpoints.TABLE)
    for name, table in _tables(definition).items()
}


class Database:
    """`rows` by table, with its schema."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[Key, Row]] = {}
        self.owners: dict[Place, Transaction] = {}
        self.advisory: dict[str, asyncio.Lock] = {}
        self.open: list[Transaction] = []

    def wipe(self, lost: Iterable[str]) -> None:
        """Loses these of its tables."""
        for transaction in list(self.open):
            transaction.roll_back()
        for table in lost:
            del self.rows[table]

    def tables(self, schema: str) -> list[str]:
        names = (table.split(".") for table in self.rows)
        return [name for of, name in names if of == schema]

    def drop(self, schema: str, by: "Transaction | None") -> None:
        """Whoever else is at work there does not get to an end."""
        for transaction in [one for one in self.open if one is not by]:
            transaction.roll_back()
        for name in self.tables(schema):
            del self.rows[f"{schema}.{name}"]

    def create(self, schema: str, definition: str) -> None:
        for name in _tables(definition):
            self.rows.setdefault(f"{schema}.{name}", {})


class Transaction:
    """Its writes are seen by nobody else until it commits."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writes: dict[Place, Row | None] = {}
        self._ended = asyncio.Event()
        self._waits_for: Transaction | None = None
        self.broken = False
        database.open.append(self)

    def all(self, table: str) -> list[Row]:
        rows = dict(self._committed(table))
        for (written, key), row in self._writes.items():
            if written == table:
                rows.pop(key, None)
                if row is not None:
                    rows[key] = row
        return list(rows.values())

    def get(self, table: str, key: Key) -> Row | None:
        if (table, key) in self._writes:
            return self._writes[table, key]
        return self._committed(table).get(key)

    async def settled(self, table: str, key: Key) -> Row | None:
        """The row as it is once nobody else is writing it."""
        while (owner := self._database.owners.get((table, key), self)) is not self:
            await self._wait_for(owner)
        self.check()
        return self.get(table, key)

    async def lock(self, table: str, key: Key) -> Row | None:
        """The same, and nobody else writes it from here on."""
        row = await self.settled(table, key)
        self._database.owners[table, key] = self
        return row

    def write(self, table: str, key: Key, row: Row | None) -> None:
        """Into a locked place; None removes."""
        assert self._database.owners[table, key] is self
        self._writes[table, key] = row

    def commit(self) -> None:
        self.check()
        for (table, key), row in self._writes.items():
            rows = self._committed(table)
            if row is None:
                rows.pop(key, None)
            else:
                rows[key] = row
        self._end()

    def roll_back(self) -> None:
        if not self._ended.is_set():
            self.broken = True
            self._end()

    def check(self) -> None:
        if self.broken:
            raise asyncpg.ConnectionDoesNotExistError("the simulation cut the connection")

    def _committed(self, table: str) -> dict[Key, Row]:
        if table not in self._database.rows:
            raise asyncpg.UndefinedTableError(f'relation "{table}" does not exist')
        return self._database.rows[table]

    def _end(self) -> None:
        self._writes.clear()
        owners = self._database.owners
        for place in [place for place, owner in owners.items() if owner is self]:
            del owners[place]
        self._database.open.remove(self)
        self._ended.set()

    async def _wait_for(self, owner: "Transaction") -> None:
        self._waits_for = owner
        other: Transaction | None = owner
        while other is not None:
            if other is self:
                self._waits_for = None
                raise asyncpg.DeadlockDetectedError("deadlock detected")
            other = other._waits_for
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                await owner._ended.wait()
        finally:
            self._waits_for = None


def rows_of(columns: Sequence[str], lists: Sequence[Sequence[Any]]) -> list[Row]:
    """What `unnest` makes of one list a column."""
    return [dict(zip(columns, values, strict=True)) for values in zip(*lists, strict=True)]
