from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.snowflake import WORKERS, LeaseExpired, Snowflakes
from schemas.ids import EPOCH_MS, MAX_ID, SEQUENCE_BITS, first_id_at, time_of

NOW = EPOCH_MS + 500_000_000_000
FULL = 1 << SEQUENCE_BITS


class Clock:
    def __init__(self, *readings: int) -> None:
        self.readings = list(readings)

    def __call__(self) -> int:
        return self.readings.pop(0) if len(self.readings) > 1 else self.readings[0]


@given(
    readings=st.lists(st.integers(NOW - 5, NOW + 5), min_size=1, max_size=200),
    worker=st.integers(0, WORKERS - 1),
)
def test_ids_only_ever_rise_whatever_the_clock_does(readings: list[int], worker: int) -> None:
    ids = Snowflakes(worker, clock=Clock(*readings))
    made = [ids.next() for _ in readings]
    assert all(one < other for one, other in pairwise(made))
    assert all(0 <= number <= MAX_ID for number in made)
    assert {number >> SEQUENCE_BITS & (WORKERS - 1) for number in made} == {worker}


def test_more_ids_than_a_millisecond_has_run_ahead_of_the_clock() -> None:
    ids = Snowflakes(1, clock=Clock(NOW))
    made = [ids.next() for _ in range(2 * FULL + 1)]
    assert all(one < other for one, other in pairwise(made))
    assert [time_of(number) for number in made[:: FULL]] == [NOW, NOW + 1, NOW + 2]  # fmt: skip
    assert ids.last_ms == NOW + 2


@given(st.sets(st.integers(0, WORKERS - 1), min_size=2, max_size=5))
def test_two_workers_never_make_the_same_id(workers: set[int]) -> None:
    makers = [Snowflakes(worker, clock=Clock(NOW)) for worker in workers]
    made = [maker.next() for maker in makers for _ in range(20)]
    assert len(set(made)) == len(made)


def test_the_floor_belongs_to_the_last_holder_of_the_number() -> None:
    ids = Snowflakes(1, floor_ms=NOW + 10, clock=Clock(NOW))
    assert time_of(ids.next()) == NOW + 11
    assert time_of(ids.next()) == NOW + 11


def test_no_id_after_the_lease() -> None:
    clock = Clock(NOW)
    ids = Snowflakes(1, valid_until_ms=NOW + 1, clock=clock)
    made = [ids.next() for _ in range(FULL)]
    with pytest.raises(LeaseExpired):
        ids.next()  # it would belong to the next millisecond
    ids.valid_until_ms = NOW + 2
    assert ids.next() > made[-1]
    clock.readings = [NOW + 2]
    with pytest.raises(LeaseExpired):
        ids.next()


@pytest.mark.parametrize("worker", [-1, WORKERS])
def test_a_worker_number_has_ten_bits(worker: int) -> None:
    with pytest.raises(ValueError, match="worker"):
        Snowflakes(worker)


@given(st.integers(EPOCH_MS, EPOCH_MS + (1 << 41) - 1))
def test_the_first_id_of_a_time_is_the_lowest_made_then(at: int) -> None:
    made = Snowflakes(0, clock=Clock(at)).next()
    assert first_id_at(at) == made
    assert time_of(made) == at
    assert time_of(made - 1) < at or at == EPOCH_MS
