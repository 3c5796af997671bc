"""Which generation of each view is the one that is read, and which one was before."""

from datetime import datetime

from msgspec import Struct

from projections.postgres import Connection, Pool

FIRST = 1


class Generations(dict[str, int]):
    """By view; one that was never rebuilt is at its first."""

    def __missing__(self, view: str) -> int:
        return FIRST


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


async def switch(connection: Connection, view: str, generation: int) -> None:
    """From now on `generation` is the one that is read, and that live workers write."""
    await connection.execute(
        "INSERT INTO generations (view, current, previous, switched_at) VALUES ($1, $2, $3, now())"
        " ON CONFLICT (view) DO UPDATE SET previous = generations.current,"
        " current = excluded.current, switched_at = now()",
        view,
        generation,
        FIRST,
    )


async def forget_previous(connection: Connection, view: str) -> None:
    await connection.execute("UPDATE generations SET previous = NULL WHERE view = $1", view)
