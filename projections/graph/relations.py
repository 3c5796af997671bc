"""What events do to the relations between two people, in their order."""

from collections.abc import Iterable
from typing import NamedTuple

from schemas.events import (
    Event,
    FollowerRemoved,
    FollowRequestAnswered,
    FollowRequested,
    UserBlocked,
    UserFollowed,
    UserMuted,
    UserUnblocked,
    UserUnfollowed,
    UserUnmuted,
)

Edge = tuple[int, int]
"""Who does it, and to whom: follower and followee, blocker and blocked."""

Relation = dict[Edge, int]
"""By edge, the id of the event that began it."""


class Relations(NamedTuple):
    """A request to follow is there only while there is no follow."""

    follows: Relation
    requests: Relation
    blocks: Relation
    mutes: Relation


class Touched(NamedTuple):
    """The edges that a run of events may change, by kind of relation."""

    follows: set[Edge]
    blocks: set[Edge]
    mutes: set[Edge]


def touched(events: Iterable[Event]) -> Touched:
    edges = Touched(set(), set(), set())
    for event in events:
        match event:
            case UserFollowed() | UserUnfollowed() | FollowRequested():
                edges.follows.add((event.actor, event.target))
            case FollowRequestAnswered() | FollowerRemoved():
                edges.follows.add((event.follower, event.actor))
            case UserBlocked() | UserUnblocked():
                edges.blocks.add((event.actor, event.target))
            case UserMuted() | UserUnmuted():
                edges.mutes.add((event.actor, event.target))
            case _:
                pass
    return edges


def fold(before: Relations, events: Iterable[Event]) -> Relations:
    """How the edges that the events touch end, given how they stood before."""
    after = Relations(*(dict(relation) for relation in before))
    for event in events:
        _happen(after, event)
    return after


def _happen(now: Relations, event: Event) -> None:
    match event:
        case UserFollowed(actor=follower, target=followee):
            now.requests.pop((follower, followee), None)
            now.follows.setdefault((follower, followee), event.event_id)
        case (
            UserUnfollowed(actor=follower, target=followee)
            | FollowerRemoved(actor=followee, follower=follower)
        ):
            now.requests.pop((follower, followee), None)
            now.follows.pop((follower, followee), None)
        case FollowRequested(actor=follower, target=followee):
            if (follower, followee) not in now.follows:
                now.requests.setdefault((follower, followee), event.event_id)
        case FollowRequestAnswered(actor=followee, follower=follower):
            pending = now.requests.pop((follower, followee), None)
            if event.accepted and pending is not None:
                now.follows[follower, followee] = event.event_id
        case UserBlocked(actor=blocker, target=blocked):
            now.blocks.setdefault((blocker, blocked), event.event_id)
        case UserUnblocked(actor=blocker, target=blocked):
            now.blocks.pop((blocker, blocked), None)
        case UserMuted(actor=muter, target=muted):
            now.mutes.setdefault((muter, muted), event.event_id)
        case UserUnmuted(actor=muter, target=muted):
            now.mutes.pop((muter, muted), None)
        case _:
            pass
