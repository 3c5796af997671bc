"""What Redis may tell of what one viewer has done to tweets."""

from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from streams.audit.folds.marks import Row
from streams.audit.values import NOTHING

Done = frozenset[tuple[int, str]]
"""Tweets, each with what the viewer has done to it."""


class Viewed(Struct, frozen=True):
    """What is found: of tweets with ids above `floor` all, of others perhaps some."""

    floor: int
    done: Done

    def __bool__(self) -> bool:
        return bool(self.done)


class MayTell(Struct, frozen=True):
    """Nothing, or the truth: in full above the floor."""

    done: Done

    @property
    def wanted(self) -> object:
        return sorted(self.done)

    def allows(self, found: object) -> bool:
        if not isinstance(found, Viewed):
            return found is NOTHING
        above = frozenset(one for one in self.done if one[0] > found.floor)
        return above <= found.done <= self.done


def viewers(marks: Iterable[Row]) -> dict[str, MayTell]:
    done: dict[int, set[tuple[int, str]]] = defaultdict(set)
    for mark in marks:
        if mark["kind"] in ("like", "dislike", "bookmark", "retweet"):
            done[mark["user"]].add((mark["tweet"], mark["kind"]))
    return {f"viewer {user}": MayTell(frozenset(these)) for user, these in done.items()}
