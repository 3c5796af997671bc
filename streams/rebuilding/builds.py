"""The builds under way, as rows in PostgreSQL: whoever builds may die, and others go on.

A row with a `place` asks the live workers not to apply anything beyond it. It does so for some
seconds only, unless it is renewed, so that whoever dies in the meantime holds nobody.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct, json

from events.positions import Partition
from projections import generations
from projections.generations import FIRST, Generations
from projections.postgres import Connection, Pool
from schemas.explained import Explained

HOLD_SECONDS = 10.0

Purpose = Literal["rebuild", "accept", "shadow", "rollback"]
"""A `rebuild` is switched to if it is equal to what is read, `accept` is not compared, `shadow` is
compared and removed; a `rollback` goes back to the generation that was read before. What is built
since a topic has other partitions has a purpose that names it (`streams/repartitioning`)."""

State = Literal["filling", "comparing"]
_REMAINS = "remains"


class OtherBuild(Explained):
    """Something else is being done with this view; the text says what."""


class NothingKept(Explained):
    """There is no generation before the one that is read."""


class Build(Struct, frozen=True):
    view: str
    generation: int
    purpose: str


class Hold(Struct, frozen=True):
    """Lasts so many `seconds` from now on."""

    place: Mapping[Partition, int]
    seconds: float


class Begun(Struct, frozen=True):
    """With `new`, its generation must be emptied before it is written."""

    build: Build
    new: bool = False


async def begin(connection: Connection, view: str, purpose: str) -> Begun:
    """What is under way, to go on with, or something new. To be called alone with the view.

    Raises `OtherBuild` and `NothingKept`.
    """
    known = await under_way(connection, view)
    if known is not None and known.purpose not in (purpose, _REMAINS):
        raise OtherBuild(
            f"{view} is in the middle of another build ({known.purpose}): start that again to end"
            " it, or add --restart to remove it"
        )
    if known is not None and known.purpose == purpose:
        return Begun(known)
    kept = await generations.kept(connection, view)
    if purpose == "rollback":
        if kept.previous is None:
            raise NothingKept(f"{view} has no generation before the one that is read")
        build, new = Build(view, kept.previous, purpose), False
    else:
        build, new = Build(view, max(kept.current, kept.previous or FIRST) + 1, purpose), True
    await connection.execute(
        "INSERT INTO rebuilds (view, generation, purpose) VALUES ($1, $2, $3)"
        " ON CONFLICT (view) DO UPDATE SET generation = $2, purpose = $3",
        view,
        build.generation,
        _REMAINS if new else purpose,
    )
    return Begun(build, new)


async def is_clean(connection: Connection, build: Build) -> None:
    await connection.execute(
        "UPDATE rebuilds SET purpose = $2 WHERE view = $1", build.view, build.purpose
    )


async def under_way(connection: Connection | Pool, view: str) -> Build | None:
    row = await connection.fetchrow(
        "SELECT view, generation, purpose FROM rebuilds WHERE view = $1", view
    )
    return Build(*row) if row else None


async def is_worthless(connection: Connection, build: Build) -> bool:
    """Notes that the generation is to be removed. False for one that was read once, and is kept."""
    return bool(
        await connection.fetchval(
            "UPDATE rebuilds SET purpose = $2, place = NULL, held_until = NULL"
            " WHERE view = $1 AND purpose <> 'rollback' RETURNING true",
            build.view,
            _REMAINS,
        )
    )


async def forget(connection: Connection, view: str) -> None:
    await connection.execute("DELETE FROM rebuilds WHERE view = $1", view)


async def state(pool: Pool, build: Build) -> State | None:
    """None when it has ended."""
    row = await pool.fetchrow(
        "SELECT held_until > now() AS held FROM rebuilds"
        " WHERE (view, generation, purpose) = ($1, $2, $3)",
        build.view,
        build.generation,
        build.purpose,
    )
    if row is None:
        return None
    return "comparing" if row["held"] else "filling"


async def switch(pool: Pool, build: Build) -> None:
    """The end of a build: from now on its generation is read."""
    await switch_all(pool, [build])


async def switch_all(pool: Pool, ended: Iterable[Build]) -> None:
    """The end of several builds, in one moment."""
    async with pool.acquire() as connection, connection.transaction():
        for build in ended:
            await generations.switch(connection, build.view, build.generation)
            await connection.execute("DELETE FROM rebuilds WHERE view = $1", build.view)


async def hold(pool: Pool, build: Build, place: Mapping[Partition, int]) -> None:
    """Asks live workers to go no further than `place`, for `HOLD_SECONDS`."""
    await pool.execute(
        "UPDATE rebuilds SET place = $2, held_until = now() + make_interval(secs => $3)"
        " WHERE view = $1",
        build.view,
        json.encode({str(partition): offset for partition, offset in place.items()}).decode(),
        HOLD_SECONDS,
    )


async def renew(pool: Pool, build: Build) -> None:
    await pool.execute(
        "UPDATE rebuilds SET held_until = now() + make_interval(secs => $2)"
        " WHERE view = $1 AND place IS NOT NULL",
        build.view,
        HOLD_SECONDS,
    )


async def release(pool: Pool, build: Build) -> None:
    await pool.execute(
        "UPDATE rebuilds SET place = NULL, held_until = NULL WHERE view = $1", build.view
    )


async def present(pool: Pool) -> tuple[Generations, dict[str, Hold]]:
    """Which generations are read, and by view that is being compared, where it is held."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        read = await connection.fetch("SELECT view, current FROM generations")
        held = await connection.fetch(
            "SELECT view, place, extract(epoch FROM held_until - now())::float8 AS seconds"
            " FROM rebuilds WHERE held_until > now()"
        )
    return Generations((row["view"], row["current"]) for row in read), {
        row["view"]: Hold(_place(row["place"]), row["seconds"]) for row in held
    }


def _place(text: str) -> dict[Partition, int]:
    offsets = json.decode(text, type=dict[str, int])
    return {Partition.parse(name): offset for name, offset in offsets.items()}
