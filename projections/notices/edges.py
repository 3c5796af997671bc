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


class Between(NamedTuple):
    """What may be said of one user's following another: to the followee twice, to the follower."""

    follow: Edge
    request: Edge
    accepted: Edge


def between(event: Event) -> Between | None:
    """None where the event is about no two users who may hear of it."""
    match event:
        case (
            UserFollowed(actor=follower, target=followee)
            | UserUnfollowed(actor=follower, target=followee)
            | FollowRequested(actor=follower, target=followee)
            | FollowRequestAnswered(actor=followee, follower=follower)
            | FollowerRemoved(actor=followee, follower=follower)
        ) if follower != followee:
            return Between(
                Edge(followee, "follow", follower),
                Edge(followee, "follow_request", follower),
                Edge(follower, "follow_accepted", followee),
            )
        case _:
            return None


def touched(events: Iterable[Event]) -> set[Edge]:
    return {edge for event in events for edge in between(event) or ()}


def fold(before: Mapping[Edge, int], events: Iterable[Event]) -> dict[Edge, int]:
    """The notices with their event ids after the events, given those before."""
    now = dict(before)
    for event in events:
        if (edges := between(event)) is None:
            continue
        follows = edges.follow in now or edges.accepted in now
        match event:
            case UserFollowed() if not follows:
                now.pop(edges.request, None)
                now[edges.follow] = event.event_id
            case FollowRequested() if not follows:
                now.setdefault(edges.request, event.event_id)
            case FollowRequestAnswered():
                pending = now.pop(edges.request, None)
                if event.accepted and pending is not None:
                    now[edges.accepted] = event.event_id
            case UserUnfollowed() | FollowerRemoved():
                for edge in edges:
                    now.pop(edge, None)
            case _:
                pass
    return now
