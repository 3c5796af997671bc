import asyncio
from collections.abc import Sequence

import asyncpg
import pytest

from projections import postgres, postgres_view
from projections.analytics import AnalyticsView
from projections.graph import GraphView
from projections.met import Known
from projections.postgres import Connection, looked_up
from projections.postgres_view import PostgresView
from projections.stores import Stores
from projections.view import CheckpointBehind, digest_of
from schemas.events import Event
from schemas.servers import Servers
from tests.projections.memory_log import MemoryLog, followed, fresh_number, posted, unfollowed

ROWS = 800
LONG = f"SELECT n::text FROM generate_series(1, {ROWS}) AS n, pg_sleep(n * 0 + 0.001)"


class Long(PostgresView):
    """One that takes longer to read than a statement may last."""

    name = "long"
    topics = ()
    tables = indexes = ""
    rows = LONG

    async def write(
        self, connection: Connection, events: Sequence[Event], known: Known
    ) -> None: ...


async def test_a_digest_takes_as_long_as_it_takes(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "COMMAND_SECONDS", 0.4)
    monkeypatch.setattr(postgres_view, "ROWS_AT_ONCE", 25)
    async with postgres.pool(servers.postgres) as pool:
        with pytest.raises(TimeoutError):
            await pool.fetch(LONG)
        assert await Long(pool, 1).digest() == digest_of(
            str(n).encode() for n in range(1, ROWS + 1)
        )


async def test_a_view_is_dropped_for_as_long_as_it_takes(
    servers: Servers, stores: Stores, generation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "COMMAND_SECONDS", 0.4)
    async with postgres.pool(servers.postgres) as pool:
        view = GraphView(pool, generation)
        await view.prepare()
        async with stores.postgres.acquire() as reader, reader.transaction():
            await reader.execute(f"LOCK TABLE graph_g{generation}.follows IN ACCESS SHARE MODE")
            dropping = asyncio.create_task(view.drop())
            await reader.execute("SELECT pg_sleep(1)")
            assert not dropping.done()
        async with asyncio.timeout(60):
            await dropping


async def test_who_prepares_a_view_waits_for_who_makes_its_indexes(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "COMMAND_SECONDS", 0.4)
    made: list[str] = []

    async def join() -> None:
        async with postgres.alone(pool, "long_g1"):
            made.append("joined")

    async with postgres.pool(servers.postgres) as pool:
        async with postgres.alone(pool, "long_g1") as connection:
            joining = asyncio.create_task(join())
            await connection.execute("SELECT pg_sleep(1)", timeout=10)
            made.append("indexes")
        await joining
    assert made == ["indexes", "joined"]


async def test_lanes_that_prepare_wait_on_one_connection(servers: Servers, generation: int) -> None:
    """Others are left to those who have something to read or write."""
    async with postgres.pool(servers.postgres, size=3) as pool:
        view = GraphView(pool, generation)
        await view.prepare()
        async with postgres.alone(pool, f"graph_g{generation}"):
            lanes = [asyncio.create_task(view.prepare()) for _ in range(4)]
            async with asyncio.timeout(10):
                while pool.get_size() - pool.get_idle_size() < 2:
                    await asyncio.sleep(0.001)
                assert await pool.fetchval("SELECT 1", timeout=5) == 1
        await asyncio.gather(*lanes)
        await view.drop()


async def test_who_is_let_in_no_more_waits(servers: Servers) -> None:
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError) as refused:
        await asyncpg.connect(servers.postgres, user="nobody_that_is_known")
    assert isinstance(refused.value, postgres.TRANSIENT)


@pytest.mark.parametrize("lost", ["follows", "blocks", "counts", "checkpoints"])
async def test_one_lost_table_is_enough_to_read_all_again(
    stores: Stores, generation: int, lost: str
) -> None:
    view = GraphView(stores.postgres, generation)
    await view.prepare()
    log = MemoryLog()
    log.append(followed(1, 2), followed(1, 3), unfollowed(1, 3))
    (partition,) = log.events
    await log.feed(view)
    before = await view.digest()
    await stores.postgres.execute(f"DROP TABLE graph_g{generation}.{lost}")
    with pytest.raises(view.transient):  # which whoever keeps the view alive asks for
        await view.checkpoints()
    await view.prepare()
    assert await view.checkpoints() == {}
    log.append(followed(1, 4))
    with pytest.raises(CheckpointBehind):
        await view.apply(log.batch(partition, 3))
    log.events[partition].pop()
    await log.feed(view)
    assert await view.digest() == before
    await view.drop()


async def test_a_table_of_another_version_sets_nothing_aside(
    stores: Stores, generation: int
) -> None:
    view = AnalyticsView(stores.postgres, generation)
    await view.prepare()
    log = MemoryLog()
    log.append(posted(1, 2))
    await stores.postgres.execute(f"ALTER TABLE analytics_g{generation}.posts RENAME quoted TO of")
    with pytest.raises(view.transient):
        await log.feed(view)
    await stores.postgres.execute(f"ALTER TABLE analytics_g{generation}.posts RENAME of TO quoted")
    await stores.postgres.execute(
        f"ALTER TABLE analytics_g{generation}.user_days DROP CONSTRAINT user_days_pkey"
    )
    with pytest.raises(view.transient):
        await log.feed(view)
    await view.drop()


@pytest.mark.parametrize("rows", [10, 20_000])
async def test_rows_are_looked_up_by_their_index(
    stores: Stores, generation: int, rows: int
) -> None:
    """However many are asked for, and of however few."""
    view = GraphView(stores.postgres, generation)
    await view.prepare_to_fill()
    table = f"graph_g{generation}.follows"
    await stores.postgres.execute(
        f"INSERT INTO {table} SELECT n, n + 1, n FROM generate_series(1, {rows}) AS n"
    )
    await stores.postgres.execute(f"ANALYZE {table}")
    asked = looked_up(
        ("a bigint", "b bigint"),
        f"SELECT follower, followee, event_id FROM {table} WHERE follower = a AND followee = b",
    )
    ends = [*range(1, 10_001), 1], [*range(2, 10_002), 3]
    found = await stores.postgres.fetch(asked, *ends)
    assert [tuple(row) for row in found] == [(n, n + 1, n) for n in range(1, min(rows, 10_000) + 1)]
    plan = "\n".join(row[0] for row in await stores.postgres.fetch(f"EXPLAIN {asked}", *ends))
    assert ("Seq Scan" in plan) == (rows == 10)  # which is one page
    await view.drop()


class Large(Long):
    """One to which a later version adds an index that takes its time."""

    name = "large"
    tables = "CREATE SCHEMA IF NOT EXISTS {schema};"
    indexes = "SELECT pg_sleep(0.6);"


async def test_an_index_takes_as_long_as_it_takes(
    servers: Servers, generation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "COMMAND_SECONDS", 0.3)
    async with postgres.pool(servers.postgres) as pool:
        view = Large(pool, generation)
        await view.prepare()
        assert await view.checkpoints() == {}
        await view.drop()


async def test_who_fills_knows_what_others_have_written_in_between(
    stores: Stores, generation: int
) -> None:
    log = MemoryLog()
    log.append(followed(1, 2), followed(1, 3), unfollowed(1, 2), followed(1, 2), unfollowed(1, 3))
    log.append(followed(1, 3))
    (partition,) = log.events
    whole = GraphView(stores.postgres, generation)
    await whole.prepare()
    await log.feed(whole)
    beside = fresh_number()
    one, other = GraphView(stores.postgres, beside), GraphView(stores.postgres, beside)
    for view in (one, other):
        await view.prepare_to_fill()
    for number, view in enumerate((one, other, one, one, other, one)):
        await view.apply(log.batch(partition, number, number + 1))
    assert await one.digest() == await whole.digest()
    await whole.drop()
    await one.drop()
