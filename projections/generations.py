"""Which generation of each view is the one that is read."""

from projections.postgres import Pool

FIRST = 1


class Generations(dict[str, int]):
    """By view; one that was never rebuilt is at its first."""

    def __missing__(self, view: str) -> int:
        return FIRST


async def current(pool: Pool) -> Generations:
    rows = await pool.fetch("SELECT view, current FROM generations")
    return Generations((row["view"], row["current"]) for row in rows)


async def switch(pool: Pool, view: str, generation: int) -> None:
    """From now on `generation` is the one that is read, and that live workers write."""
    await pool.execute(
        "INSERT INTO generations VALUES ($1, $2)"
        " ON CONFLICT (view) DO UPDATE SET current = excluded.current",
        view,
        generation,
    )
