from collections.abc import Sequence

import asyncpg
import pytest

from projections import postgres, postgres_view
from projections.postgres import Connection
from projections.postgres_view import PostgresView
from projections.view import digest_of
from schemas.events import Event
from schemas.servers import Servers

ROWS = 2_000
LONG = f"SELECT n::text FROM generate_series(1, {ROWS}) AS n, pg_sleep(n * 0 + 0.001)"


class Long(PostgresView):
    """One that takes longer to read than a statement may last."""

    name = "long"
    topics = ()
    tables = ""
    rows = LONG

    async def write(self, connection: Connection, events: Sequence[Event]) -> None: ...


async def test_a_digest_takes_as_long_as_it_takes(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "COMMAND_SECONDS", 1.0)
    monkeypatch.setattr(postgres_view, "ROWS_AT_ONCE", 100)
    async with postgres.pool(servers.postgres) as pool:
        with pytest.raises(TimeoutError):
            await pool.fetch(LONG)
        assert await Long(pool, 1).digest() == digest_of(
            str(n).encode() for n in range(1, ROWS + 1)
        )


async def test_who_is_let_in_no_more_waits(servers: Servers) -> None:
    with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError) as refused:
        await asyncpg.connect(servers.postgres, user="nobody_that_is_known")
    assert isinstance(refused.value, postgres.TRANSIENT)
