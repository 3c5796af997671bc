"""One measured thing beside its floor."""

from collections.abc import Iterable
from math import ceil
from typing import NamedTuple

from msgspec import Struct


class Round(NamedTuple):
    """What was measured in one round, and its floor right before or after."""

    value: float
    floor: float


def middle(rounds: Iterable[Round]) -> Round:
    """The round whose ratio is the median, the lower of two. A machine that gets faster or slower
    meanwhile changes both of a round, but a median of all values and one of all floors may come
    from different times."""
    ordered = sorted(rounds, key=lambda one: one.value / one.floor)
    return ordered[(len(ordered) - 1) // 2]


class Row(Struct, frozen=True, kw_only=True):
    """`ratio` is value / floor. `target` bounds it: from below where more is better (…/s), from
    above where less is (ms); None where the row only shows something."""

    name: str
    value: float
    unit: str
    floor: float
    ratio: float
    target: float | None
    met: bool


def at_least(name: str, unit: str, value: float, floor: float, target: float) -> Row:
    return _row(name, unit, value, floor, target, met=value / floor >= target)


def at_most(name: str, unit: str, value: float, floor: float, target: float | None) -> Row:
    return _row(name, unit, value, floor, target, met=target is None or value / floor <= target)


def _row(
    name: str, unit: str, value: float, floor: float, target: float | None, *, met: bool
) -> Row:
    return Row(
        name=name,
        value=value,
        unit=unit,
        floor=floor,
        ratio=value / floor,
        target=target,
        met=met,
    )


def percentile(samples: list[float], share: float) -> float:
    """The smallest sample that at least `share` of them do not exceed (nearest rank)."""
    ordered = sorted(samples)
    return ordered[max(0, ceil(len(ordered) * share) - 1)]
