"""Between a client and a store."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from tests.simulation.processes import RUNNING
from tests.simulation.schedule import Schedule
from tests.simulation.weather import Fate, Weather

Result = TypeVar("Result")
LATE_SECONDS = 12.0
PAUSES = 0.1


class Wire:
    """`lost` makes the error of a client that hears nothing of its store any more."""

    def __init__(
        self, store: str, weather: Weather, schedule: Schedule, lost: Callable[[], Exception]
    ) -> None:
        self._store = store
        self._weather = weather
        self._schedule = schedule
        self._lost = lost

    async def call(self, what: str, effect: Callable[[], Result]) -> Result:
        """The answer to one request, whose effect is at one moment.

        Whoever is stopped while it waits has sent it already, so it may take effect all the same.
        """
        process = RUNNING.get()
        process.fail_if_dead()
        try:
            await asyncio.sleep(self._weather.delay())
        except asyncio.CancelledError:
            if self._weather.strikes(0.5):
                self._note(what, "as the last thing")
                self._quietly(effect)
            raise
        fate = self._weather.fate()
        match fate:
            case Fate.FINE:
                self._note(what)
                answer = effect()
                if self._weather.strikes(0.5):
                    await asyncio.sleep(self._weather.delay())
                return answer
            case Fate.UNHEARD:
                self._quietly(effect)
            case Fate.LATE:
                later = min(LATE_SECONDS, 100 * self._weather.delay())
                asyncio.get_running_loop().call_later(later, self._quietly, effect)
            case Fate.LOST:
                pass
        self._note(what, fate.value)
        raise self._lost()

    async def run(self, what: str, steps: Sequence[Callable[[], Result]]) -> list[Result]:
        """One request of several steps, between which others may come."""
        answers: list[Result] = []
        first = 0
        for last in range(len(steps) - 1):
            if self._weather.strikes(PAUSES):
                answers += await self.call(what, partial(_all, steps[first : last + 1]))
                first = last + 1
        return answers + await self.call(what, partial(_all, steps[first:]))

    def _note(self, what: str, how: str = "") -> None:
        self._schedule.note(f"{self._store}: {what}{how and ': '}{how}")

    def _quietly(self, effect: Callable[[], Any]) -> None:
        """Nobody is there to hear of an error."""
        with suppress(Exception):
            effect()


def _all(steps: Sequence[Callable[[], Result]]) -> list[Result]:
    return [step() for step in steps]
