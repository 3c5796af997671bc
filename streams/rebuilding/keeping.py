"""What is kept beside the generation that is read, and removed."""

import asyncio
import time

from gateway.failures import REQUEST_SECONDS
from projections import generations
from projections.stores import Stores
from streams.rebuilding import builds
from streams.rebuilding.builds import Build, NothingKept, OtherBuild
from streams.rebuilding.claims import alone_with, sharing
from streams.rebuilding.ending import SUCCESSION_SECONDS
from streams.rebuilding.removing import clear, remove

READ_SECONDS = REQUEST_SECONDS + SUCCESSION_SECONDS
"""So long after a switch somebody may read what was read before: a request keeps the generations
that it began with."""


async def drop_old(stores: Stores, name: str) -> int:
    """Removes the generation before the one that is read, and returns its number.

    Raises `NothingKept`, and `OtherBuild` while something is done with the view.
    """
    async with alone_with(stores.postgres, name) as connection:
        await clear(connection, stores, name)
        kept = await generations.kept(connection, name)
        if kept.previous in (None, kept.current) or kept.switched_at is None:
            raise NothingKept(f"{name} has no generation before the one that is read")
        if await builds.under_way(connection, name) is not None:
            raise OtherBuild(f"{name} is being built: drop the old generation afterwards")
        since = time.time() - kept.switched_at.timestamp()
        await asyncio.sleep(max(0.0, READ_SECONDS - since))
        await builds.retire(connection, name, kept.previous)
        await clear(connection, stores, name)
        return kept.previous


async def give_up(stores: Stores, name: str) -> None:
    """Removes what an interrupted build has left, if there is any.

    Raises `OtherBuild` while somebody works at it.
    """
    build: Build | None = await builds.under_way(stores.postgres, name)
    if build is None:
        return
    async with sharing(stores.postgres, build) as claims:
        if await claims.sharers() > 1:
            raise OtherBuild(f"somebody builds {name} now: stop that first")
        await remove(stores, build)
