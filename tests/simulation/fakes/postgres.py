"""PostgreSQL in memory: what asyncpg's pool and connections offer to the views."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from tests.simulation.fakes import postgres_special  # noqa: F401 - registers its statements
from tests.simulation.fakes.postgres_statements import plan_of
from tests.simulation.fakes.postgres_tables import Database, Row, Transaction
from tests.simulation.processes import RUNNING
from tests.simulation.wire import Wire


def away() -> Exception:
    return asyncpg.ConnectionDoesNotExistError("the simulation cut the connection")


class Record(dict[str, Any]):
    """By name and by place, as asyncpg's."""

    def __getitem__(self, which: str | int) -> Any:
        return super().__getitem__(which) if isinstance(which, str) else list(self)[which]

    def __iter__(self) -> Any:
        return iter(self.values())

    def keys(self) -> Any:
        return super().keys()


class PostgresPool:
    def __init__(self, wire: Wire) -> None:
        self.database = Database()
        self._wire = wire

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator["Connection"]:
        connection = Connection(self.database, self._wire)
        RUNNING.get().at_death.append(connection.cut)
        try:
            yield connection
        finally:
            connection.cut()
            RUNNING.get().at_death.remove(connection.cut)

    async def fetch(self, statement: str, *arguments: Any) -> list[Record]:
        async with self.acquire() as connection:
            return await connection.fetch(statement, *arguments)

    async def fetchval(self, statement: str, *arguments: Any) -> Any:
        async with self.acquire() as connection:
            return await connection.fetchval(statement, *arguments)


class Connection:
    def __init__(self, database: Database, wire: Wire) -> None:
        self._database = database
        self._wire = wire
        self._transaction: Transaction | None = None
        self._advisory: list[asyncio.Lock] = []

    def cut(self) -> None:
        """The server sees that nobody is there any more."""
        if self._transaction is not None:
            self._transaction.roll_back()
        while self._advisory:
            self._advisory.pop().release()

    @asynccontextmanager
    async def transaction(
        self, *, isolation: str = "read_committed", readonly: bool = False
    ) -> AsyncIterator[None]:
        assert self._transaction is None
        assert isolation == "read_committed" or readonly
        transaction = self._transaction = Transaction(self._database)
        try:
            yield
            await self._wire.call("COMMIT", transaction.commit)
        finally:
            transaction.roll_back()
            self._transaction = None

    async def fetch(self, statement: str, *arguments: Any) -> list[Record]:
        return [Record(row) for row in await self._run(statement, arguments)]

    async def fetchval(self, statement: str, *arguments: Any) -> Any:
        found = await self.fetch(statement, *arguments)
        return found[0][0] if found else None

    async def execute(self, statement: str, *arguments: Any, timeout: float | None = None) -> None:
        await self._run(statement, arguments)

    async def copy_records_to_table(
        self, table: str, *, schema_name: str, records: Sequence[tuple[Any, ...]]
    ) -> None:
        await self._run(f"COPY {schema_name}.{table}", tuple(records))

    async def cursor(self, statement: str, *, prefetch: int) -> AsyncIterator[Record]:
        for row in await self.fetch(statement):
            yield row

    async def _run(self, statement: str, arguments: tuple[Any, ...]) -> list[Row]:
        """What is lost on its way takes the transaction with it."""
        shown = f"{' '.join(statement.split())[:70]} {arguments}"
        try:
            await self._wire.call(shown, lambda: None)
        except BaseException:
            self.cut()
            raise
        if self._transaction is not None:
            self._transaction.check()
        if re.search("CREATE|DROP|pg_advisory|pg_tables", statement):
            return await self._administer(statement, arguments)
        plan = plan_of(statement)
        if self._transaction is not None:
            return await plan(self._transaction, arguments)
        alone = Transaction(self._database)
        try:
            found = await plan(alone, arguments)
            alone.commit()
        finally:
            alone.roll_back()
        return found

    async def _administer(self, statement: str, arguments: tuple[Any, ...]) -> list[Row]:
        """Definitions are seen at once: nobody else defines meanwhile."""
        if "pg_advisory_lock" in statement:
            lock = self._database.advisory.setdefault(arguments[0], asyncio.Lock())
            async with asyncio.timeout(10):
                await lock.acquire()
            self._advisory.append(lock)
        elif "pg_advisory_unlock" in statement:
            if self._advisory:
                self._advisory.pop().release()
        elif "pg_tables" in statement:
            return [{"tablename": name} for name in self._database.tables(*arguments)]
        elif dropped := re.fullmatch(r"DROP SCHEMA (\w+) CASCADE", statement):
            self._database.drop(dropped[1], self._transaction)
        else:
            schema = re.findall(r"(\w+_g\d+)\.", statement)[0]
            self._database.create(schema, statement.replace(schema, "{schema}"))
        return []
