"""What the graph must hold."""

from collections import Counter
from typing import Any

from schemas.events import UserBlocked, UserMuted, UserUnblocked, UserUnmuted
from schemas.topics import GRAPH
from streams.audit.folds.follows import follows
from streams.audit.folds.told import Told, events_of


def expected(told: Told) -> dict[str, Any]:
    found = follows(told)
    rows: dict[str, Any] = {}
    for (follower, followee), event_id in found.follows.items():
        rows[f"{follower} follows {followee}"] = {"event_id": event_id}
    for (follower, followee), event_id in found.requests.items():
        rows[f"{follower} requests {followee}"] = {"event_id": event_id}
    followers = Counter(followee for _, followee in found.follows)
    following = Counter(follower for follower, _ in found.follows)
    for user in followers.keys() | following.keys():
        rows[f"counts {user}"] = {"followers": followers[user], "following": following[user]}
    return rows | _silences(told)


def _silences(told: Told) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for event in events_of(told, GRAPH):
        match event:
            case UserBlocked():
                rows.setdefault(
                    f"{event.actor} blocks {event.target}", {"event_id": event.event_id}
                )
            case UserMuted():
                rows.setdefault(f"{event.actor} mutes {event.target}", {"event_id": event.event_id})
            case UserUnblocked():
                rows.pop(f"{event.actor} blocks {event.target}", None)
            case UserUnmuted():
                rows.pop(f"{event.actor} mutes {event.target}", None)
            case _:
                pass
    return rows
