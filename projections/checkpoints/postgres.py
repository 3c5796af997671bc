"""Checkpoints in PostgreSQL, which move in the transaction that writes the rows."""

from events.positions import Partition
from projections.postgres import Connection, Pool
from projections.view import CheckpointBehind

TABLE = """
CREATE TABLE IF NOT EXISTS {schema}.checkpoints (
    topic text, partition int, next_offset bigint NOT NULL, PRIMARY KEY (topic, partition)
)"""


async def lock(connection: Connection, schema: str, partition: Partition) -> int:
    """The checkpoint, locked until the transaction ends, so that a second worker waits."""
    where = f"FROM {schema}.checkpoints WHERE topic = $1 AND partition = $2 FOR UPDATE"
    stored = await connection.fetchval(f"SELECT next_offset {where}", *partition)
    if stored is None:
        await connection.execute(
            f"INSERT INTO {schema}.checkpoints VALUES ($1, $2, 0) ON CONFLICT DO NOTHING",
            *partition,
        )
        stored = await connection.fetchval(f"SELECT next_offset {where}", *partition)
    return int(stored)


async def advance(
    connection: Connection, schema: str, partition: Partition, next_offset: int
) -> None:
    await connection.execute(
        f"UPDATE {schema}.checkpoints SET next_offset = $3 WHERE topic = $1 AND partition = $2",
        *partition,
        next_offset,
    )


async def stored(pool: Pool | Connection, schema: str) -> dict[Partition, int]:
    rows = await pool.fetch(f"SELECT topic, partition, next_offset FROM {schema}.checkpoints")
    return {Partition(row["topic"], row["partition"]): row["next_offset"] for row in rows}


def behind(partition: Partition, stored: int, start: int) -> None:
    """Raises `CheckpointBehind` when `stored` lies before `start`."""
    if stored < start:
        raise CheckpointBehind(partition, stored)
