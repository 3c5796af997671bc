"""Who follows whom in the end, and who asks to."""

from typing import NamedTuple

from schemas.events import (
    Event,
    FollowerRemoved,
    FollowRequestAnswered,
    FollowRequested,
    UserFollowed,
    UserUnfollowed,
)
from schemas.topics import GRAPH
from streams.audit.folds.told import Told, events_of

Pair = tuple[int, int]
"""Follower and followee."""


def pair_of(event: Event) -> Pair | None:
    """Whose following of whom the event is about, if it is about that."""
    match event:
        case UserFollowed() | UserUnfollowed() | FollowRequested():
            return event.actor, event.target
        case FollowRequestAnswered() | FollowerRemoved():
            return event.follower, event.actor
        case _:
            return None


class Follows(NamedTuple):
    """By pair the id of the event that made it so, and all pairs that were ever ended."""

    follows: dict[Pair, int]
    requests: dict[Pair, int]
    ended: set[Pair]


def follows(told: Told) -> Follows:
    now = Follows({}, {}, set())
    for event in events_of(told, GRAPH):
        match event:
            case UserFollowed(actor=follower, target=followee):
                now.requests.pop((follower, followee), None)
                now.follows.setdefault((follower, followee), event.event_id)
            case FollowRequested(actor=follower, target=followee):
                if (follower, followee) not in now.follows:
                    now.requests.setdefault((follower, followee), event.event_id)
            case FollowRequestAnswered(actor=followee, follower=follower):
                asked = now.requests.pop((follower, followee), None)
                if asked is not None and event.accepted:
                    now.follows[follower, followee] = event.event_id
            case (
                UserUnfollowed(actor=follower, target=followee)
                | FollowerRemoved(actor=followee, follower=follower)
            ):
                now.requests.pop((follower, followee), None)
                now.follows.pop((follower, followee), None)
                now.ended.add((follower, followee))
            case _:
                pass
    return now
