"""The simulation sees what is wrong. `./birdlog test` runs it with fresh seeds beside these."""

import itertools

import pytest

from projections.registry import VIEWS, used_by
from tests.simulation.breakages import BREAKAGES, Breakage
from tests.simulation.run import simulate
from tests.simulation.scenario import TOGETHER, views_of

SEEDS_AT_MOST = 400
FIRST_SEEDS = {
    "analytics rows_applied_twice": 43,
    "graph lost_tables_unseen": 77,
    "graph rows_applied_twice": 117,
    "search search_copies_any_retweet": 140,
    "timelines a_restart_unseen": 2500,
}
"""Where to begin looking for what is seldom seen, as long as seeds mean the same."""

FOUND = (
    (8, "replies"),  # the store is wiped within the first batch of a partition
    (24, "replies"),  # … between the registers of one batch
    (30, "replies"),  # … between the look at the checkpoint and at the registers
    (30, "notices"),  # … between two heartbeats, and nothing comes any more
    (208, "timelines"),  # the same, where big fan-outs may hold the checkpoint back
    (187, "cache"),  # … and an edit comes before an older one has come again
    (252239040, "replies"),  # the counts alone are lost, and copied before anybody has seen it
    (205724665, "counters"),  # … and counted on
    (514838134, "cache"),  # … and a checkpoint that was begun late is older than what it is of
    (640631037, "timelines"),  # Redis comes back as it was while big fan-outs are under way
)
"""What was wrong once, as long as seeds mean the same."""


def test_every_view_has_its_seeds_with_all_that_it_reads() -> None:
    drawn = [views_of(seed, None) for seed in range(len(TOGETHER))]
    assert set(itertools.chain(*drawn)) == VIEWS.keys()
    for names in drawn:
        assert set(names) >= {used for name in names for used in used_by(name)}


def test_a_seed_says_all() -> None:
    first, again = simulate(5, "timelines"), simulate(5, "timelines")
    assert first.schedule.lines() == again.schedule.lines()
    assert first.events > 10


@pytest.mark.parametrize(
    ("view", "breakage"), [(view, one) for view, those in BREAKAGES.items() for one in those]
)
def test_a_view_that_is_broken_in_one_way_is_found(view: str, breakage: Breakage) -> None:
    first = FIRST_SEEDS.get(f"{view} {breakage.__name__}", 0)
    for seed in range(first, first + SEEDS_AT_MOST):
        with breakage():
            if simulate(seed, view).wrong:
                return
    pytest.fail(f"{SEEDS_AT_MOST} seeds do not see it")


@pytest.mark.parametrize(("seed", "view"), FOUND)
def test_what_was_found_stays_mended(seed: int, view: str) -> None:
    assert not simulate(seed, view).wrong
