"""A view in PostgreSQL: rows and checkpoint of a batch in one transaction."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import ClassVar

from events.positions import Partition
from projections.checkpoints import postgres as checkpoints
from projections.met import Known, Met, all_of
from projections.postgres import (
    DEFINE_SECONDS,
    TRANSIENT,
    Connection,
    Pool,
    alone,
    define,
    make_indexes,
    one_moment,
    require,
)
from projections.view import NOTHING_DEFERRED, ROWS_AT_ONCE, Batch, Digest, digest_over
from schemas.events import Event
from schemas.topics import Topic


class PostgresView(ABC):
    """One generation is one schema.

    `tables` creates what is in it, `indexes` what only readers need, and `rows` selects one text
    for each row that the digest counts; all name the schema as `{schema}`.
    """

    name: ClassVar[str]
    topics: ClassVar[tuple[Topic, ...]]
    tables: ClassVar[str]
    indexes: ClassVar[str]
    rows: ClassVar[str]
    transient = TRANSIENT
    deferred = NOTHING_DEFERRED

    def __init__(self, pool: Pool, generation: int) -> None:
        self._pool = pool
        self._schema = schema_of(self.name, generation)
        self._defining = asyncio.Lock()
        """All lanes prepare at once: of these one waits for other processes, on one connection."""
        self._met: Met | None = None

    @property
    def _definition(self) -> str:
        return self.tables + checkpoints.TABLE

    @abstractmethod
    async def write(self, connection: Connection, events: Sequence[Event], known: Known) -> None:
        """Writes consecutive events of one partition, none of which the store has.

        Rows that no other partition writes need to be looked up only where their keys are `known`,
        which is to be asked about each that the events write.
        """

    async def prepare(self) -> None:
        """Where a table was lost, the others go with it, so that all is read again."""
        async with self._defining, alone(self._pool, self._schema) as connection:
            await define(connection, self._schema, self._definition)
            await make_indexes(connection, self._schema, self.indexes)

    async def prepare_to_fill(self) -> None:
        self._met = self._met or Met()
        async with self._defining, alone(self._pool, self._schema) as connection:
            await define(connection, self._schema, self._definition)

    async def apply(self, batch: Batch) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            stored = await checkpoints.lock(connection, self._schema, batch.partition)
            checkpoints.behind(batch.partition, stored, batch.start)
            if batch.next_offset <= stored:
                return
            new = [event for offset, event in batch.events if offset >= stored]
            known = self._met.before(batch.partition, stored) if self._met else all_of
            await self.write(connection, new, known)
            await checkpoints.advance(connection, self._schema, batch.partition, batch.next_offset)
        if self._met:
            self._met.wrote(batch.partition, batch.next_offset)

    async def checkpoints(self) -> dict[Partition, int]:
        """Raises `TableLost` when a table is: nothing may come that tells it."""
        await require(self._pool, self._schema, self._definition)
        return await checkpoints.stored(self._pool, self._schema)

    async def digest(self) -> Digest:
        async with one_moment(self._pool) as connection:
            return await self.digest_within(connection)

    async def digest_within(self, connection: Connection) -> Digest:
        """As the moment of this connection shows it."""
        return await digest_over(self._counted(connection))

    async def drop(self) -> None:
        async with alone(self._pool, self._schema) as connection:
            dropped = f"DROP SCHEMA IF EXISTS {self._schema} CASCADE"
            await connection.execute(dropped, timeout=DEFINE_SECONDS)

    async def close(self) -> None:  # noqa: B027
        """Nothing is left to finish: it is all in the transaction."""

    async def _counted(self, connection: Connection) -> AsyncIterator[bytes]:
        """Some at a time, each time within the bound of a statement, however many there are."""
        asked = self.rows.format(schema=self._schema)
        async for row in connection.cursor(asked, prefetch=ROWS_AT_ONCE):
            yield row[0].encode()


def schema_of(view: str, generation: int) -> str:
    return f"{view}_g{generation}"


def columns(rows: Iterable[Sequence[object]], width: int) -> list[list[object]]:
    """What PostgreSQL's `unnest` takes: one list a column."""
    turned = list(zip(*rows, strict=True))
    return [list(column) for column in turned] or [[] for _ in range(width)]
