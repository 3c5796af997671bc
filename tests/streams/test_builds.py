"""What PostgreSQL knows of builds, and what it refuses."""

from collections.abc import AsyncIterator

import pytest

from projections import generations
from projections.generations import Kept
from projections.stores import Stores
from streams.rebuilding import builds
from streams.rebuilding.builds import Build, OtherBuild, Overtaken, begin, note_clean, under_way
from streams.rebuilding.claims import alone_with

VIEW = "nothing"


@pytest.fixture
async def stores(stores: Stores) -> AsyncIterator[Stores]:
    yield stores
    for table in ("generations", "rebuilds"):
        await stores.postgres.execute(f"DELETE FROM {table} WHERE view = $1", VIEW)


async def begun(stores: Stores, purpose: str = "rebuild") -> Build:
    async with alone_with(stores.postgres, VIEW) as connection:
        build = (await begin(connection, VIEW, purpose)).build
        await note_clean(connection, build)
        return build


async def kept(stores: Stores) -> Kept:
    return await generations.kept(stores.postgres, VIEW)


async def switched(stores: Stores, build: Build, before: Kept) -> Kept:
    async with stores.postgres.acquire() as connection, connection.transaction():
        await builds.switch(connection, build, before)
    return await kept(stores)


async def test_a_build_is_switched_to_once(stores: Stores) -> None:
    build, before = await begun(stores), await kept(stores)
    after = await switched(stores, build, before)
    assert (after.current, after.previous) == (2, 1)
    with pytest.raises(Overtaken):
        await switched(stores, build, before)
    with pytest.raises(Overtaken):
        await builds.hold(stores.postgres, build, {})
    assert await kept(stores) == after


async def test_a_build_is_switched_to_from_what_it_was_held_beside_only(stores: Stores) -> None:
    build = await begun(stores)
    with pytest.raises(Overtaken):
        await switched(stores, build, Kept(current=7))
    assert await kept(stores) == Kept()
    assert await under_way(stores.postgres, VIEW) == build


async def test_a_build_that_has_ended_changes_nothing_of_the_next(stores: Stores) -> None:
    first = await begun(stores)
    await switched(stores, first, await kept(stores))
    second = await begun(stores)
    await builds.hold(stores.postgres, second, {})
    async with stores.postgres.acquire() as connection:
        await builds.condemn(connection, first)
        assert not await builds.forget(connection, first)
    await builds.release(stores.postgres, first)
    assert await builds.state(stores.postgres, second) == "comparing"


async def test_what_was_kept_before_remains_until_it_is_removed(stores: Stores) -> None:
    await switched(stores, await begun(stores), await kept(stores))
    after = await switched(stores, await begun(stores), await kept(stores))
    assert (after.current, after.previous) == (3, 2)
    assert await under_way(stores.postgres, VIEW) == Build(VIEW, 1, builds.REMAINS)


async def test_a_generation_is_retired_only_while_it_is_the_one_before(stores: Stores) -> None:
    await switched(stores, await begun(stores), await kept(stores))
    async with stores.postgres.acquire() as connection:
        with pytest.raises(OtherBuild):
            await builds.retire(connection, VIEW, 2)
        rollback = await begun(stores, "rollback")
        with pytest.raises(OtherBuild):
            await builds.retire(connection, VIEW, 1)
        assert (await kept(stores)).previous == 1
        await builds.forget(connection, rollback)
        await builds.retire(connection, VIEW, 1)
    assert (await kept(stores)).previous is None
    assert await under_way(stores.postgres, VIEW) == Build(VIEW, 1, builds.REMAINS)
