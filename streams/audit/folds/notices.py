"""What the notices view must hold."""

from collections.abc import Iterable
from typing import Any

from schemas.events import (
    Mark,
    NotificationsRead,
    ReactionCleared,
    ReplyDeleted,
    ReplyPosted,
    RetweetRemoved,
    Rewritten,
    TweetDeleted,
    TweetDisliked,
    TweetLiked,
    TweetRetweeted,
    Written,
)
from schemas.topics import NOTIFICATIONS, REACTIONS, REPLIES, RETWEETS, TWEETS
from streams.audit.folds.notices_of_follows import of_follows
from streams.audit.folds.told import Told, events_of


def expected(told: Told) -> dict[str, Any]:
    return _said(told) | _marks(told) | of_follows(told) | _read(told)


def _said(told: Told) -> dict[str, Any]:
    deleted = {
        (event.tweet_id, event.actor)
        for event in events_of(told, TWEETS, REPLIES)
        if isinstance(event, TweetDeleted | ReplyDeleted)
    }
    rows: dict[str, Any] = {f"deleted {tweet} by {author}": True for tweet, author in deleted}
    for event in events_of(told, TWEETS, REPLIES):
        if not isinstance(event, Written | Rewritten):
            continue
        if (event.tweet_id, event.actor) in deleted:
            continue
        for user, kind in _concerned(event):
            row = rows.setdefault(
                f"said to {user} in {event.tweet_id}",
                {
                    "author": event.actor,
                    "kind": kind,
                    "mentioned": False,
                    "event_id": event.event_id,
                },
            )
            row["mentioned"] |= kind == "reply" or user in event.mentions
    return rows


def _concerned(event: Written | Rewritten) -> Iterable[tuple[int, str]]:
    """Everybody but the author, with the first reason: answered, quoted, mentioned."""
    reasons: list[tuple[int | None, str]] = []
    if isinstance(event, ReplyPosted):
        reasons.append((event.parent_author, "reply"))
    if isinstance(event, Written):
        reasons.append((event.quoted_author, "quote"))
    reasons += [(user, "mention") for user in event.mentions]
    seen: set[int | None] = {None, event.actor}
    for user, kind in reasons:
        if user is not None and user not in seen:
            seen.add(user)
            yield user, kind


def _marks(told: Told) -> dict[str, Any]:
    """Likes and retweets of others' tweets, and each tweet's together."""
    marks: dict[tuple[int, str, int], int] = {}
    authors: dict[int, int] = {}
    for event in events_of(told, REACTIONS, RETWEETS):
        if not isinstance(event, Mark) or event.author == event.actor:
            continue
        authors.setdefault(event.tweet_id, event.author)
        match event:
            case TweetLiked():
                marks.setdefault((event.tweet_id, "like", event.actor), event.event_id)
            case TweetRetweeted():
                marks.setdefault((event.tweet_id, "retweet", event.actor), event.event_id)
            case TweetDisliked() | ReactionCleared(cleared="either" | "like"):
                marks.pop((event.tweet_id, "like", event.actor), None)
            case RetweetRemoved():
                marks.pop((event.tweet_id, "retweet", event.actor), None)
            case _:
                pass
    rows: dict[str, Any] = {}
    for (tweet, kind, actor), event_id in marks.items():
        rows[f"{kind} of {tweet} by {actor}"] = {"event_id": event_id}
        group = rows.setdefault(
            f"group {kind} of {tweet}",
            {"recipient": authors[tweet], "event_id": 0, "count": 0},
        )
        group["count"] += 1
        group["event_id"] = max(event_id, group["event_id"])
    return rows


def _read(told: Told) -> dict[str, Any]:
    until: dict[int, int] = {}
    for event in events_of(told, NOTIFICATIONS):
        if isinstance(event, NotificationsRead):
            seen = min(event.until, event.event_id)
            until[event.actor] = max(seen, until.get(event.actor, 0))
    return {f"read by {user}": {"until": event_id} for user, event_id in until.items()}
