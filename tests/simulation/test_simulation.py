"""The simulation sees what is wrong. `./birdlog test` runs it with fresh seeds beside these."""

import itertools
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.pool import Pool

import pytest

from projections.registry import VIEWS, used_by
from tests.simulation.breakages import BREAKAGES, Breakage
from tests.simulation.run import NEVER, simulate
from tests.simulation.scenario import TOGETHER, views_of
from tests.simulation.seeds import HASH_SEED

SEEDS_AT_MOST = 400
FIRST_SEEDS = {
    "tweets checkpoint_before_the_data": 100,
    "replies checkpoint_before_the_data": 50,
    "replies lost_collections_unseen": 180,
    "counters lost_collections_unseen": 26,
    "replies checkpoint_not_begun": 25,
    "retweets checkpoint_not_begun": 1_180,
    "graph lost_tables_unseen": 24,
    "graph rows_applied_twice": 107,
    "lists rows_applied_twice": 60,
    "notices checkpoint_not_locked": 14,
    "notices losses_between_heartbeats_unseen": 588,
    "analytics rows_applied_twice": 87,
    "timelines a_restart_unseen": 1_740,
    "timelines homes_keep_what_a_graph_says_that_heals": 580,
    "timelines losses_between_heartbeats_unseen": 1_590,
    "cache cache_fills_over_anything": 14,
    "cache cache_believes_a_store_that_heals": 30,
    "search search_copies_any_retweet": 270,
}
"""Where to begin looking for what few seeds see, as long as seeds mean the same."""


@pytest.fixture(scope="module")
def apart() -> Iterator[Pool]:
    """A process in which a seed means what it means to `python -m tests.simulation`."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONHASHSEED", HASH_SEED)
        pool = get_context("spawn").Pool(1)
    with pool:
        yield pool
        pool.close()
        pool.join()


def test_every_view_has_its_seeds_with_all_that_it_reads() -> None:
    drawn = [views_of(seed, None) for seed in range(len(TOGETHER))]
    assert set(itertools.chain(*drawn)) == VIEWS.keys()
    for names in drawn:
        assert set(names) >= {used for name in names for used in used_by(name)}


def test_a_seed_says_all(apart: Pool) -> None:
    first, again = (apart.apply(told, (5, "timelines")) for _ in range(2))
    assert first == again
    assert len(first) > 10


def told(seed: int, view: str) -> list[str]:
    return simulate(seed, view).schedule.lines()


@pytest.mark.parametrize(
    ("view", "breakage"), [(view, one) for view, those in BREAKAGES.items() for one in those]
)
def test_a_view_that_is_broken_in_one_way_is_found(
    apart: Pool, view: str, breakage: Breakage
) -> None:
    first = FIRST_SEEDS.get(f"{view} {breakage.__name__}", 0)
    assert apart.apply(is_found, (view, breakage, first)), f"{SEEDS_AT_MOST} seeds do not see it"


def is_found(view: str, breakage: Breakage, first: int) -> bool:
    """By what is right without the breakage, as a slip makes it wrong."""
    for seed in range(first, first + SEEDS_AT_MOST):
        with breakage():
            wrong = simulate(seed, view).wrong
        if any(tells(line, view) for line in wrong) and not simulate(seed, view).wrong:
            return True
    return False


def tells(line: str, view: str) -> bool:
    """Whether it is about the view itself, or what waits for it, and not about a breakage that does
    not fit the code any more."""
    about = line.startswith((f"{view}: ", f"{view} ", NEVER))
    return about and not any(error.__name__ in line for error in (AttributeError, TypeError))
