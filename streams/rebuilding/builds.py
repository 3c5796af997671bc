"""The builds under way, as rows in PostgreSQL: whoever builds may die, and others go on.

A row with a `place` asks the live workers not to apply anything beyond it. It does so for some
seconds only, unless it is renewed, so that whoever dies in the meantime holds nobody.
"""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, json

from events.positions import Partition
from projections import generations
from projections.generations import FIRST, Generations, Kept
from projections.postgres import Connection, Pool
from schemas.explained import Explained

HOLD_SECONDS = 10.0

Purpose = Literal["rebuild", "accept", "shadow", "rollback"]
"""A `rebuild` is switched to if it is equal to what is read, `accept` is not compared, `shadow` is
compared and removed; a `rollback` goes back to the generation that was read before. What is built
since a topic has other partitions has a purpose that names it (`streams/repartitioning`)."""

State = Literal["filling", "comparing"]
REMAINS = "remains"
"""The purpose of a row that names a generation which is read no more, or never was, and goes."""

_THIS = "(view, generation, purpose) = ($1, $2, $3)"


class OtherBuild(Explained):
    """Something else is being done with this view; the text says what."""


class Overtaken(Explained):
    """Another process has ended this build."""


class NothingKept(Explained):
    """There is no generation before the one that is read."""


class Build(Struct, frozen=True):
    view: str
    generation: int
    purpose: str

    @property
    def is_compared(self) -> bool:
        return self.purpose in ("rebuild", "shadow")


class Hold(Struct, frozen=True):
    """Lasts so many `seconds` from now on."""

    place: Mapping[Partition, int]
    seconds: float


class Begun(Struct, frozen=True):
    """With `new`, its generation must be emptied before it is written."""

    build: Build
    new: bool = False


async def begin(connection: Connection, view: str, purpose: str) -> Begun:
    """What is under way, to go on with, or something new.

    To be called alone with the view, of which nothing remains. Raises `OtherBuild` and
    `NothingKept`.
    """
    known = await under_way(connection, view)
    if known is not None and known.purpose != purpose:
        raise OtherBuild(
            f"{view} is in the middle of another build ({known.purpose}): end that first, or"
            f" ./birdlog rebuild {view} --restart removes it, and builds the view anew"
        )
    if known is not None:
        return Begun(known)
    kept = await generations.kept(connection, view)
    if purpose == "rollback":
        if kept.previous is None:
            raise NothingKept(f"{view} has no generation before the one that is read")
        build, new = Build(view, kept.previous, purpose), False
    else:
        build, new = Build(view, max(kept.current, kept.previous or FIRST) + 1, purpose), True
    await connection.execute(
        "INSERT INTO rebuilds (view, generation, purpose) VALUES ($1, $2, $3)",
        view,
        build.generation,
        REMAINS if new else purpose,
    )
    return Begun(build, new)


async def note_clean(connection: Connection, build: Build) -> None:
    await connection.execute(
        "UPDATE rebuilds SET purpose = $2 WHERE view = $1", build.view, build.purpose
    )


async def under_way(connection: Connection | Pool, view: str) -> Build | None:
    row = await connection.fetchrow(
        "SELECT view, generation, purpose FROM rebuilds WHERE view = $1", view
    )
    return Build(*row) if row else None


async def condemn(connection: Connection | Pool, build: Build) -> None:
    """Notes that the generation of this build is to be removed, if the build has not ended."""
    await connection.execute(
        f"UPDATE rebuilds SET purpose = $4, place = NULL, held_until = NULL WHERE {_THIS}",
        *_key(build),
        REMAINS,
    )


async def retire(connection: Connection, view: str, generation: int) -> None:
    """Notes that the generation before the one that is read is to be removed.

    Raises `OtherBuild` where it is not that any more, or something is done with the view.
    """
    async with connection.transaction():
        if not await generations.forget_previous(connection, view, generation) or not (
            await connection.fetchval(
                "INSERT INTO rebuilds (view, generation, purpose) VALUES ($1, $2, $3)"
                " ON CONFLICT DO NOTHING RETURNING true",
                view,
                generation,
                REMAINS,
            )
        ):
            raise OtherBuild(f"generation {generation} of {view} is in use again: nothing is done")


async def forget(connection: Connection, build: Build) -> bool:
    """False where it is not there: another process has ended it."""
    found = await connection.fetchval(
        f"DELETE FROM rebuilds WHERE {_THIS} RETURNING true", *_key(build)
    )
    return bool(found)


async def state(pool: Pool, build: Build) -> State | None:
    """None when it has ended."""
    row = await pool.fetchrow(
        f"SELECT held_until > now() AS held FROM rebuilds WHERE {_THIS}", *_key(build)
    )
    if row is None:
        return None
    return "comparing" if row["held"] else "filling"


async def switch(connection: Connection, build: Build, before: Kept) -> None:
    """The end of a build, in a transaction: from now on its generation is read.

    The one that was kept `before` beside the one that was read is what remains, to be removed.
    Raises `Overtaken` where the build has ended, or another generation is read than it was held
    beside: a process may have slept, and its locks have fallen to another.
    """
    if not await forget(connection, build) or not await generations.switch(
        connection, build.view, before.current, build.generation
    ):
        raise Overtaken(f"another process has ended the build of {build.view}")
    if before.previous not in (None, before.current, build.generation):
        await connection.execute(
            "INSERT INTO rebuilds (view, generation, purpose) VALUES ($1, $2, $3)",
            build.view,
            before.previous,
            REMAINS,
        )


async def hold(pool: Pool, build: Build, place: Mapping[Partition, int]) -> None:
    """Asks live workers to go no further than `place`, for `HOLD_SECONDS`. Raises `Overtaken`."""
    held = await pool.fetchval(
        "UPDATE rebuilds SET place = $4, held_until = now() + make_interval(secs => $5)"
        f" WHERE {_THIS} RETURNING true",
        *_key(build),
        json.encode({str(partition): offset for partition, offset in place.items()}).decode(),
        HOLD_SECONDS,
    )
    if not held:
        raise Overtaken(f"another process has ended the build of {build.view}")


async def let_go(pool: Pool, build: Build) -> None:
    """Live workers may go on, while those who would fill the build are still to wait."""
    await pool.execute(f"UPDATE rebuilds SET place = NULL WHERE {_THIS}", *_key(build))


async def renew(pool: Pool, build: Build) -> None:
    """For another `HOLD_SECONDS`."""
    await pool.execute(
        "UPDATE rebuilds SET held_until = now() + make_interval(secs => $4)"
        f" WHERE {_THIS} AND held_until IS NOT NULL",
        *_key(build),
        HOLD_SECONDS,
    )


async def release(pool: Pool, build: Build) -> None:
    await pool.execute(
        f"UPDATE rebuilds SET place = NULL, held_until = NULL WHERE {_THIS}", *_key(build)
    )


async def present(pool: Pool) -> tuple[Generations, dict[str, Hold]]:
    """Which generations are read, and by view that is being compared, where it is held."""
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
        read = await connection.fetch("SELECT view, current FROM generations")
        held = await connection.fetch(
            "SELECT view, place, extract(epoch FROM held_until - now())::float8 AS seconds"
            " FROM rebuilds WHERE held_until > now() AND place IS NOT NULL"
        )
    return Generations((row["view"], row["current"]) for row in read), {
        row["view"]: Hold(_place(row["place"]), row["seconds"]) for row in held
    }


def _key(build: Build) -> tuple[str, int, str]:
    return build.view, build.generation, build.purpose


def _place(text: str) -> dict[Partition, int]:
    offsets = json.decode(text, type=dict[str, int])
    return {Partition.parse(name): offset for name, offset in offsets.items()}
