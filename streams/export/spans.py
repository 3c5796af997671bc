"""What begins and may end: a like, a follow, a mute."""

from typing import Literal, get_args

from msgspec import UNSET, Struct, UnsetType

from gateway.times import timestamp

Kind = Literal[
    "likes",
    "dislikes",
    "retweets",
    "bookmarks",
    "follows",
    "follow_requests",
    "blocks",
    "mutes",
    "followed_lists",
    "pinned_lists",
]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Span(Struct):
    """`id` is the tweet, the user or the list; without `until` it still lasts."""

    id: str
    since: str
    until: str | UnsetType = UNSET


class Spans:
    def __init__(self) -> None:
        self.of: dict[Kind, list[Span]] = {kind: [] for kind in KINDS}
        self._open: dict[tuple[Kind, int], Span] = {}

    def begin(self, target: int, at: int, kind: Kind) -> None:
        """At a time in milliseconds; nothing changes where it lasts already."""
        if (kind, target) not in self._open:
            span = Span(str(target), timestamp(at))
            self._open[kind, target] = span
            self.of[kind].append(span)

    def end(self, target: int, at: int, *kinds: Kind) -> None:
        for kind in kinds:
            if span := self._open.pop((kind, target), None):
                span.until = timestamp(at)

    def requested(self, target: int, at: int) -> None:
        """Who follows already asks for nothing, and is never answered."""
        if ("follows", target) not in self._open:
            self.begin(target, at, "follow_requests")

    def answered(self, target: int, at: int, *, accepted: bool) -> None:
        """A request to follow, if there is one, ends, and may become a follow."""
        if ("follow_requests", target) in self._open:
            self.end(target, at, "follow_requests")
            if accepted:
                self.begin(target, at, "follows")
