"""`python -m tests.simulation`: as many seeds as fit into the time; one that fails is told."""

import argparse
import gc
import os
import sys
import time
from random import SystemRandom

from projections.registry import VIEWS
from tests.simulation.run import Outcome, simulate

HASH_SEED = "0"
SEEDS_A_COLLECTION = 100


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    asked.add_argument("--seconds", type=float, default=20.0, help="how long to go on")
    asked.add_argument("--seed", type=int, help="only this one, with its schedule")
    asked.add_argument("--view", choices=sorted(VIEWS), help="only runs with this view")
    asked.add_argument("--first", type=int, help="the seed to begin with, else a fresh one")
    options = asked.parse_args()
    if os.environ.get("PYTHONHASHSEED") != HASH_SEED:  # else sets of texts differ from run to run
        command = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, "PYTHONHASHSEED": HASH_SEED})
    if options.seed is not None:
        outcome = simulate(options.seed, options.view)
        tell(outcome, options.view)
        return 1 if outcome.wrong else 0
    first = SystemRandom().randrange(1_000_000_000) if options.first is None else options.first
    return 0 if run_for(options.seconds, first, options.view) else 1


def run_for(seconds: float, first: int, view: str | None) -> bool:
    """Whether all was well."""
    print(f"simulating from seed {first}", flush=True)
    began, seed, events, steps = time.monotonic(), first, 0, 0
    gc.disable()  # else a tenth of the time goes into looking for rings that stay few
    while time.monotonic() < began + seconds:
        if (seed - first) % SEEDS_A_COLLECTION == 0:
            gc.collect()
        outcome = simulate(seed, view)
        if outcome.wrong:
            tell(outcome, view)
            return False
        seed, events, steps = seed + 1, events + outcome.events, steps + outcome.steps
    took = time.monotonic() - began
    print(
        f"{seed - first} seeds in {took:.0f} s, {60 * (seed - first) / took:.0f} a minute;"
        f" {events} events, {steps} steps; no difference"
    )
    return True


def tell(outcome: Outcome, view: str | None) -> None:
    print("\n".join(outcome.schedule.lines()))
    print("\n".join(outcome.wrong) or "no difference")
    only = f" --view {view}" if view else ""
    print(f"seed {outcome.seed} ({', '.join(outcome.views)}): {len(outcome.wrong)} differences")
    print(f"again: python -m tests.simulation --seed {outcome.seed}{only}")


if __name__ == "__main__":
    sys.exit(main())
