"""Which generation of each view is the one that is read."""

from collections import defaultdict
from collections.abc import Mapping
from typing import TypeAlias

from projections.postgres import Pool

FIRST = 1
Generations: TypeAlias = Mapping[str, int]
"""By view; a view that was never rebuilt is at its first."""


async def current(pool: Pool) -> Generations:
    rows = await pool.fetch("SELECT view, current FROM generations")
    return defaultdict(lambda: FIRST, {row["view"]: row["current"] for row in rows})


async def switch(pool: Pool, view: str, generation: int) -> None:
    """From now on `generation` is the one that is read, and that live workers write."""
    await pool.execute(
        "INSERT INTO generations VALUES ($1, $2)"
        " ON CONFLICT (view) DO UPDATE SET current = excluded.current",
        view,
        generation,
    )
