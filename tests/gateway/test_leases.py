"""Leases on Snowflake worker numbers."""

import pytest

from events.clock import now_ms
from events.snowflake import LeaseExpired, Snowflakes
from gateway import leases
from gateway.leases import NoWorkerNumber, leased_snowflakes, renew
from projections.stores import Stores
from schemas.ids import time_of

SET = (
    "INSERT INTO worker_leases VALUES ($1, $2)"
    " ON CONFLICT (worker) DO UPDATE SET until_ms = excluded.until_ms"
)


async def lease_of(stores: Stores, worker: int) -> int | None:
    found: int | None = await stores.postgres.fetchval(
        "SELECT until_ms FROM worker_leases WHERE worker = $1", worker
    )
    return found


async def test_leases_at_the_same_time_have_different_numbers(stores: Stores) -> None:
    async with leased_snowflakes(stores.postgres) as one, leased_snowflakes(stores.postgres) as two:
        assert one.worker != two.worker
        assert one.next() != two.next()


async def test_a_lease_that_ends_is_given_back(stores: Stores) -> None:
    async with leased_snowflakes(stores.postgres) as ids:
        last = ids.next()
        assert await lease_of(stores, ids.worker) == ids.valid_until_ms
    assert await lease_of(stores, ids.worker) == time_of(last) + 1


async def test_a_number_is_not_given_out_for_times_its_last_holder_used(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last holder's clock ran an hour ahead; ours is right, and must not use its number."""
    ahead = now_ms() + 3_600_000
    monkeypatch.setattr(leases, "WORKERS", 1)
    held = await lease_of(stores, 0)
    await stores.postgres.execute(SET, 0, ahead)
    try:
        with pytest.raises(NoWorkerNumber):
            async with leased_snowflakes(stores.postgres):
                pass
    finally:  # unless the number is somebody's who has renewed it meanwhile
        unset = "UPDATE worker_leases SET until_ms = $1 WHERE worker = 0 AND until_ms = $2"
        await stores.postgres.execute(unset, held or 0, ahead)


async def test_a_renewal_extends_the_lease(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    async with leased_snowflakes(stores.postgres) as ids:
        before = ids.valid_until_ms
        assert before is not None
        later = now_ms() + 5_000
        monkeypatch.setattr(leases, "now_ms", lambda: later)
        await renew(stores.postgres, ids)
        assert ids.valid_until_ms == later + leases.LEASE_MS > before
        assert await lease_of(stores, ids.worker) == ids.valid_until_ms


async def test_a_clock_that_is_set_back_keeps_nobody_from_writing(stores: Stores) -> None:
    """Ids go on from where it was, an hour ahead, and the lease covers them."""
    async with leased_snowflakes(stores.postgres) as ids:
        ahead = now_ms() + 3_600_000
        ids.move_to(ids.worker, floor_ms=ahead, valid_until_ms=ids.valid_until_ms)
        with pytest.raises(LeaseExpired):
            ids.next()
        await renew(stores.postgres, ids)
        assert time_of(ids.next()) > ahead
        assert await lease_of(stores, ids.worker) == ids.valid_until_ms == ahead + leases.LEASE_MS


async def test_a_lost_number_is_left_alone_and_another_taken(stores: Stores) -> None:
    async with leased_snowflakes(stores.postgres) as ids:
        lost, last = ids.worker, ids.next()
        assert ids.valid_until_ms is not None
        theirs = ids.valid_until_ms + 77
        await stores.postgres.execute(SET, lost, theirs)
        await renew(stores.postgres, ids)
        assert ids.worker != lost
        assert ids.next() > last
        assert await lease_of(stores, lost) == theirs
    assert await lease_of(stores, lost) == theirs
    await stores.postgres.execute(SET, lost, 0)


async def test_a_holder_that_lost_its_number_does_not_give_it_back(stores: Stores) -> None:
    async with leased_snowflakes(stores.postgres) as ids:
        assert ids.valid_until_ms is not None
        theirs = ids.valid_until_ms + 77
        await stores.postgres.execute(SET, ids.worker, theirs)
    assert await lease_of(stores, ids.worker) == theirs
    await stores.postgres.execute(SET, ids.worker, 0)


def test_another_number_goes_on_increasing() -> None:
    ids = Snowflakes(5, clock=lambda: 2_000_000_000_000)
    before = [ids.next() for _ in range(3)]
    ids.move_to(4, floor_ms=0, valid_until_ms=None)
    assert ids.next() > max(before)
