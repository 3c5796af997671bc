"""Runs a module of ours with a clock that steps: `python -m streams.chaos.stepping MODULE ...`.

SIGUSR1 puts `time.time` and `time.time_ns`, where all our code has its time from, back by 90
seconds, SIGUSR2 forward by as much. The clock of the machine stays as it is.
"""

import runpy
import signal
import sys
import time

STEP_SECONDS = 90

_seconds, _nanoseconds = time.time, time.time_ns


class _Clock:
    ahead = 0

    def step(self, number: int, frame: object) -> None:
        self.ahead += -STEP_SECONDS if number == signal.SIGUSR1 else STEP_SECONDS

    def time(self) -> float:
        return _seconds() + self.ahead

    def time_ns(self) -> int:
        return _nanoseconds() + self.ahead * 1_000_000_000


if __name__ == "__main__":
    clock = _Clock()
    for number in (signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, clock.step)
    time.time, time.time_ns = clock.time, clock.time_ns
    module, *_ = sys.argv[1:]
    del sys.argv[0]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
