"""What the notices view must hold of follows, requests to follow and their acceptance."""

from typing import Any

from schemas.events import (
    FollowerRemoved,
    FollowRequestAnswered,
    FollowRequested,
    UserFollowed,
    UserUnfollowed,
)
from schemas.topics import GRAPH
from streams.audit.folds.follows import pair_of
from streams.audit.folds.told import Told, events_of


def of_follows(told: Told) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for event in events_of(told, GRAPH):
        pair = pair_of(event)
        if pair is None:
            continue
        follower, followee = pair
        if follower == followee:
            continue
        follow = f"follow to {followee} by {follower}"
        request = f"follow_request to {followee} by {follower}"
        accepted = f"follow_accepted to {follower} by {followee}"
        known = {"event_id": event.event_id}
        match event:
            case UserFollowed() if follow not in rows and accepted not in rows:
                rows.pop(request, None)
                rows[follow] = known
            case FollowRequested() if follow not in rows and accepted not in rows:
                rows.setdefault(request, known)
            case FollowRequestAnswered():
                asked = rows.pop(request, None)
                if asked is not None and event.accepted:
                    rows[accepted] = known
            case UserUnfollowed() | FollowerRemoved():
                for key in (follow, request, accepted):
                    rows.pop(key, None)
            case _:
                pass
    return rows
