"""Seed after seed, in one process or several."""

import gc
import sys
import time
from functools import partial
from multiprocessing import get_context

from msgspec import Struct

from tests.simulation.run import Outcome, simulate

SEEDS_A_COLLECTION = 100
HASH_SEED = "0"
"""Of the process that simulates: else sets of texts, and so what a seed means, differ from run to
run."""


class Tally(Struct):
    """`well` until a seed was told that went wrong."""

    seeds: int = 0
    events: int = 0
    steps: int = 0
    well: bool = True


def run_all(processes: int, seconds: float, first: int, view: str | None) -> bool:
    """Whether all was well. Each process takes one seed in `processes`."""
    print(f"simulating from seed {first}", flush=True)
    began = time.monotonic()
    run = partial(run_for, began + seconds, processes, view)
    with get_context("spawn").Pool(processes) as pool:
        tally = Tally()
        for one in pool.imap_unordered(run, range(first, first + processes)):
            if not one.well:
                return False
            tally = Tally(
                tally.seeds + one.seeds, tally.events + one.events, tally.steps + one.steps
            )
    took = time.monotonic() - began
    print(
        f"{tally.seeds} seeds in {took:.0f} s, {60 * tally.seeds / took:.0f} a minute;"
        f" {tally.events} events, {tally.steps} steps; no difference"
    )
    return True


def run_for(deadline: float, step: int, view: str | None, first: int) -> Tally:
    """The seeds from `first` on, one in `step`, until the deadline or the first that fails."""
    tally = Tally()
    gc.disable()  # else a tenth of the time goes into looking for rings that stay few
    while time.monotonic() < deadline:
        if tally.seeds % SEEDS_A_COLLECTION == 0:
            gc.collect()
        outcome = simulate(first + tally.seeds * step, view)
        if outcome.wrong:
            tell(outcome, view)
            sys.stdout.flush()
            tally.well = False
            return tally
        tally.seeds += 1
        tally.events += outcome.events
        tally.steps += outcome.steps
    return tally


def tell(outcome: Outcome, view: str | None) -> None:
    print("\n".join(outcome.schedule.lines()))
    print("\n".join(outcome.wrong) or "no difference")
    only = f" --view {view}" if view else ""
    print(f"seed {outcome.seed} ({', '.join(outcome.views)}): {len(outcome.wrong)} differences")
    print(f"again: python -m tests.simulation --seed {outcome.seed}{only}")
