"""Notices of follows, of requests to follow and of their acceptance."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from schemas.events import (
    Event,
    FollowerRemoved,
    FollowRequestAnswered,
    FollowRequested,
    UserFollowed,
    UserUnfollowed,
)
from schemas.notices import NoticeKind


class Edge(NamedTuple):
    recipient: int
    kind: NoticeKind
    actor: int


class Pair(NamedTuple):
    """One whose following the other is spoken of: to the followee in two ways, to the follower."""

    follower: int
    followee: int

    @property
    def follow(self) -> Edge:
        return Edge(self.followee, "follow", self.follower)

    @property
    def request(self) -> Edge:
        return Edge(self.followee, "follow_request", self.follower)

    @property
    def accepted(self) -> Edge:
        return Edge(self.follower, "follow_accepted", self.followee)


def pairs(events: Iterable[Event]) -> list[tuple[Event, Pair]]:
    """The events that are about two users who may hear of them."""
    found: list[tuple[Event, Pair]] = []
    for event in events:
        match event:
            case UserFollowed() | UserUnfollowed() | FollowRequested():
                pair = Pair(event.actor, event.target)
            case FollowRequestAnswered() | FollowerRemoved():
                pair = Pair(event.follower, event.actor)
            case _:
                continue
        if pair.follower != pair.followee:
            found.append((event, pair))
    return found


def fold(before: Mapping[Edge, int], events: Iterable[tuple[Event, Pair]]) -> dict[Edge, int]:
    """The notices with their event ids after the events, given those before."""
    now = dict(before)
    for event, pair in events:
        follow, request, accepted = pair.follow, pair.request, pair.accepted
        follows = follow in now or accepted in now
        match event:
            case UserFollowed() if not follows:
                now.pop(request, None)
                now[follow] = event.event_id
            case FollowRequested() if not follows:
                now.setdefault(request, event.event_id)
            case FollowRequestAnswered():
                pending = now.pop(request, None)
                if event.accepted and pending is not None:
                    now[accepted] = event.event_id
            case UserUnfollowed() | FollowerRemoved():
                for edge in (follow, request, accepted):
                    now.pop(edge, None)
            case _:
                pass
    return now
