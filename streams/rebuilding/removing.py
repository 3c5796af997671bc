"""Generations that go: with what they have set aside, and never the one that is read."""

from projections import generations
from projections.generations import Generations
from projections.postgres import Connection
from projections.registry import VIEWS
from projections.stores import Stores
from projections.view import View
from streams.rebuilding import builds, set_aside
from streams.rebuilding.builds import Build, OtherBuild
from streams.rebuilding.claims import alone_with


def at_generation(stores: Stores, name: str, generation: int) -> View:
    """To be looked at or removed, not to be written: what it uses is at no particular one."""
    return VIEWS[name](stores, Generations({name: generation}))


async def remove(stores: Stores, build: Build) -> None:
    """A build that was not switched to, and what else remains of the view.

    A generation that was read once is kept.
    """
    async with alone_with(stores.postgres, build.view) as connection:
        if build.purpose == "rollback":
            await builds.forget(connection, build)
        else:
            await builds.condemn(connection, build)
        await clear(connection, stores, build.view)


async def clear(connection: Connection, stores: Stores, name: str) -> None:
    """Removes what remains of the view: the generation, and then the row, so that whoever comes
    after a crash in between removes it again. To be called alone with the view."""
    left = await builds.under_way(connection, name)
    if left is None or left.purpose != builds.REMAINS:
        return
    if left.generation == (await generations.kept(connection, name)).current:
        raise OtherBuild(f"generation {left.generation} of {name} is read: it is not removed")
    await at_generation(stores, name, left.generation).drop()
    await set_aside.forget(connection, name, left.generation)
    await builds.forget(connection, left)
