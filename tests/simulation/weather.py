"""How long things take, and what goes wrong: all of it from one seed."""

import random
from enum import Enum


class Fate(Enum):
    FINE = "fine"
    LOST = "lost"
    UNHEARD = "done, but nobody hears of it"
    LATE = "done later, after all hope was lost"


class Weather:
    """`calm` once a run comes to its end: nothing fails any more."""

    def __init__(self, chance: random.Random) -> None:
        self._draw = chance.random
        self.calm = False
        self._failing = chance.choice((0.0, 0.01, 0.05))
        self._slow = chance.choice((0.0, 0.02, 0.1))

    def delay(self) -> float:
        """Seconds: mostly a millisecond or two, at times as long as a fault is seen to last."""
        draw = self._draw()
        if self.calm:
            return 0.0005 + 0.001 * draw
        if draw >= self._slow:
            return 0.0005 + 0.004 * draw
        share = draw / self._slow
        return 15.0 * share if share < 0.1 else 0.3 * share

    def fate(self) -> Fate:
        if self.calm or self._draw() >= self._failing:
            return Fate.FINE
        draw = self._draw()
        if draw < 0.4:
            return Fate.LOST
        return Fate.UNHEARD if draw < 0.8 else Fate.LATE

    def strikes(self, share: float) -> bool:
        return not self.calm and self._draw() < share
