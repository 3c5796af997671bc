"""`python -m tests.simulation`: as many seeds as fit into the time; one that fails is told."""

import argparse
import os
import sys
from random import SystemRandom

from projections.registry import VIEWS
from tests.simulation.run import simulate
from tests.simulation.seeds import HASH_SEED, run_all, tell


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    asked.add_argument("--seconds", type=float, default=20.0, help="how long to go on")
    asked.add_argument("--seed", type=int, help="only this one, with its schedule")
    asked.add_argument("--view", choices=sorted(VIEWS), help="only runs with this view")
    asked.add_argument("--first", type=int, help="the seed to begin with, else a fresh one")
    asked.add_argument("--processes", type=int, default=1, help="how many share the seeds")
    options = asked.parse_args()
    if os.environ.get("PYTHONHASHSEED") != HASH_SEED:
        command = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
        os.execve(sys.executable, command, {**os.environ, "PYTHONHASHSEED": HASH_SEED})
    if options.seed is not None:
        outcome = simulate(options.seed, options.view)
        tell(outcome, options.view)
        return 1 if outcome.wrong else 0
    first = SystemRandom().randrange(1_000_000_000) if options.first is None else options.first
    return 0 if run_all(options.processes, options.seconds, first, options.view) else 1


if __name__ == "__main__":
    sys.exit(main())
