"""Which generation of each view is the one that is read, and which one was before."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from projections.postgres import Connection, Pool

FIRST = 1


class Generations(dict[str, int]):
    """By view; one that was never rebuilt is at its first."""

    def __missing__(self, view: str) -> int:
        return FIRST

    def with_(self, changed: Mapping[str, int]) -> "Generations":
        return Generations({**self, **changed})


class Kept(Struct, frozen=True):
    """`previous` is kept beside the one that is read, until it is dropped."""

    current: int = FIRST
    previous: int | None = None
    switched_at: datetime | None = None


async def current(pool: Pool) -> Generations:
    rows = await pool.fetch("SELECT view, current FROM generations")
    return Generations((row["view"], row["current"]) for row in rows)


async def kept(connection: Connection | Pool, view: str) -> Kept:
    row = await connection.fetchrow(
        "SELECT current, previous, switched_at FROM generations WHERE view = $1", view
    )
    return Kept(*row) if row else Kept()


async def switch(connection: Connection, view: str, live: int, generation: int) -> bool:
    """From now on `generation` is the one that is read, and that live workers write.

    False, with nothing changed, where it is not `live` that is read now.
    """
    await connection.execute(
        "INSERT INTO generations (view, current) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        view,
        FIRST,
    )
    switched = await connection.fetchval(
        "UPDATE generations SET previous = current, current = $3, switched_at = now()"
        " WHERE view = $1 AND current = $2 AND current <> $3 RETURNING true",
        view,
        live,
        generation,
    )
    return bool(switched)


async def forget_previous(connection: Connection, view: str, generation: int) -> bool:
    """False, with nothing changed, where `generation` is not the one before, or is read."""
    forgotten = await connection.fetchval(
        "UPDATE generations SET previous = NULL"
        " WHERE view = $1 AND previous = $2 AND current <> $2 RETURNING true",
        view,
        generation,
    )
    return bool(forgotten)
