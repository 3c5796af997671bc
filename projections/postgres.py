"""What the views in PostgreSQL share: the pool, and how tables are made and looked up."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

if TYPE_CHECKING:
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Connection: TypeAlias = PoolConnectionProxy[asyncpg.Record]
else:
    Pool = asyncpg.Pool
    Connection = PoolConnectionProxy


class TableLost(Exception):
    """A table of a view is not there: it passes, since the view is then prepared again."""


TRANSIENT: tuple[type[Exception], ...] = (
    TableLost,
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.LockNotAvailableError,
    asyncpg.PostgresSystemError,
    asyncpg.InternalServerError,
    asyncpg.SyntaxOrAccessError,
    asyncpg.InvalidCachedStatementError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.InvalidCatalogNameError,
)
"""A missing table is among them: whoever feeds a view prepares it again before a retry. So is a
server that was made read-only, as a standby is until it takes over, that lets us in no more, or
whose disk fails, and what our statements name and is not there, or not as they take it, as a column
or an index: no event is the reason. On uvloop, asyncpg may call a connection that was cut in the
middle of a transaction its own mistake (asyncpg issue 784)."""

UNSTORABLE: tuple[type[Exception], ...] = (
    asyncpg.CharacterNotInRepertoireError,
    asyncpg.UntranslatableCharacterError,
)
"""What a text with a NUL or half a surrogate pair raises."""

CONNECT_SECONDS = 5.0
COMMAND_SECONDS = 10.0
DEFINE_SECONDS = 3_600.0
"""An index that a later version adds takes as long as the table is large."""

SETTINGS = {
    "jit": "off",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""A host that vanishes says nothing: the server would keep its locks for two hours."""

_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS \{schema\}\.(\w+)")


def pool(dsn: str, *, size: int = 8, least: int = 1) -> Any:
    """A pool to be opened with `async with`, which makes `least` connections at once."""
    return asyncpg.create_pool(
        dsn,
        min_size=least,
        max_size=size,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        server_settings=SETTINGS,
    )


@asynccontextmanager
async def alone(pool: Pool, schema: str) -> AsyncIterator[Connection]:
    """While nobody else creates or drops: the catalogue does not stand two. Somebody else may be
    making an index, for as long as `DEFINE_SECONDS`."""
    async with pool.acquire() as connection:
        lock = "SELECT pg_advisory_lock(hashtext($1))"
        await connection.execute(lock, schema, timeout=DEFINE_SECONDS)
        try:
            yield connection
        finally:
            await connection.execute("SELECT pg_advisory_unlock(hashtext($1))", schema)


@asynccontextmanager
async def one_moment(pool: Pool) -> AsyncIterator[Connection]:
    """A connection whose statements all see the same moment."""
    async with (
        pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        yield connection


def looked_up(asked: Sequence[str], rows: str) -> str:
    """Selects `rows` for each of what is asked for: columns with their types, of one list each.

    A join would read all of a table for every batch of a rebuild, until it has some millions of
    rows: the planner takes one look at an index to cost as much as reading hundreds of rows.
    """
    names, types = zip(*(column.split() for column in asked), strict=True)
    lists = ", ".join(f"${number}::{one}[]" for number, one in enumerate(types, start=1))
    return (
        f"SELECT found.* FROM unnest({lists}) AS asked ({', '.join(names)})"
        f" CROSS JOIN LATERAL ({rows} OFFSET 0) AS found"
    )


async def define(connection: Connection, schema: str, definition: str) -> None:
    """Creates what is missing of the schema. What is left of one that lost a table goes first.

    Rows beside a table that was lost, and is filled again, would be counted twice or not at all.
    """
    async with connection.transaction():
        there = await _tables(connection, schema)
        if there and not _named(definition) <= there:
            await connection.execute(f"DROP SCHEMA {schema} CASCADE", timeout=DEFINE_SECONDS)
        await connection.execute(definition.format(schema=schema), timeout=DEFINE_SECONDS)


async def make_indexes(connection: Connection, schema: str, definition: str) -> None:
    """One by one, each locking its table alone: what is written meanwhile locks several."""
    for statement in definition.format(schema=schema).split(";"):
        if statement.strip():
            await connection.execute(statement, timeout=DEFINE_SECONDS)


async def require(pool: Pool, schema: str, definition: str) -> None:
    """Raises `TableLost` unless all tables are there."""
    if lost := _named(definition) - await _tables(pool, schema):
        raise TableLost(f"{schema} has no {', '.join(sorted(lost))}")


async def _tables(pool: Pool | Connection, schema: str) -> set[str]:
    rows = await pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = $1", schema)
    return {row[0] for row in rows}


def _named(definition: str) -> set[str]:
    return set(_TABLE.findall(definition))
