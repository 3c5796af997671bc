"""Every view, whatever befalls its workers, ends as a plain fold of the log says."""

import os
import subprocess
import sys

import pytest

from tests.simulation.breakages import BREAKAGES, Breakage
from tests.simulation.run import simulate

CI_SECONDS, LOCAL_SECONDS = 120, 20
SECONDS = int(
    os.environ.get("SIMULATION_SECONDS", CI_SECONDS if os.environ.get("CI") else LOCAL_SECONDS)
)

SEEDS_AT_MOST = 400
FIRST_SEEDS = {"checkpoint_not_begun": 325}
"""Where to begin looking for what is seldom seen, as long as seeds mean the same."""

FOUND = (
    (8, "replies"),  # the store is wiped within the first batch of a partition
    (24, "replies"),  # … between the registers of one batch
    (30, "replies"),  # … between the look at the checkpoint and at the registers
    (30, "notices"),  # … between two heartbeats, and nothing comes any more
    (208, "timelines"),  # the same, where big fan-outs may hold the checkpoint back
    (187, "cache"),  # … and an edit comes before an older one has come again
)
"""What was wrong once, as long as seeds mean the same."""


def test_views_follow_the_log_through_everything_that_can_happen() -> None:
    """In a process of its own, whose hashes and clocks are those of the simulation."""
    command = [sys.executable, "-m", "tests.simulation", "--seconds", str(SECONDS)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=SECONDS + 120, check=False
    )
    print(done.stdout[-2_000:])  # noqa: T201 - the seed, in a log of CI
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr


def test_a_seed_says_all() -> None:
    first, again = simulate(5, "timelines"), simulate(5, "timelines")
    assert first.schedule.lines() == again.schedule.lines()
    assert first.events > 10


@pytest.mark.parametrize(
    ("view", "breakage"), [(view, one) for view, those in BREAKAGES.items() for one in those]
)
def test_a_view_that_is_broken_in_one_way_is_found(view: str, breakage: Breakage) -> None:
    first = FIRST_SEEDS.get(breakage.__name__, 0)
    for seed in range(first, first + SEEDS_AT_MOST):
        with breakage():
            if simulate(seed, view).wrong:
                return
    pytest.fail(f"{SEEDS_AT_MOST} seeds do not see it")


@pytest.mark.parametrize(("seed", "view"), FOUND)
def test_what_was_found_stays_mended(seed: int, view: str) -> None:
    assert not simulate(seed, view).wrong
