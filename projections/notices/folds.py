"""What a run of events of one partition comes to, for each table of the notices."""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct, field

from schemas.events import (
    Event,
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
from schemas.notices import NoticeKind


class Said(NamedTuple):
    """A tweet or reply of `author` that concerns `recipient`; `mentioned`, also by name."""

    recipient: int
    tweet_id: int
    author: int
    kind: NoticeKind
    mentioned: bool
    event_id: int


class Marked(NamedTuple):
    tweet_id: int
    kind: NoticeKind
    actor: int


class Changes(Struct):
    """What ends goes before what begins; `authors` says whose the marked tweets are."""

    said: list[Said] = field(default_factory=list)
    deleted: list[tuple[int, int]] = field(default_factory=list)
    """Tweets, each with its author."""
    unmarked: set[Marked] = field(default_factory=set)
    marked: dict[Marked, int] = field(default_factory=dict)
    authors: dict[int, int] = field(default_factory=dict)
    read: dict[int, int] = field(default_factory=dict)
    """By user, the last event that was seen."""


def fold(events: Iterable[Event]) -> Changes:
    changes = Changes()
    for event in events:
        match event:
            case Written() | Rewritten():
                changes.said += concerned(event)
            case TweetDeleted() | ReplyDeleted():
                changes.deleted.append((event.tweet_id, event.actor))
            case Mark() if event.author != event.actor:
                _mark(changes, event)
            case NotificationsRead(actor=user):
                until = min(event.until, event.event_id)  # what is to come is seen by nobody
                changes.read[user] = max(until, changes.read.get(user, 0))
            case _:
                pass
    return changes


def concerned(event: Written | Rewritten) -> list[Said]:
    """Each who is concerned once, for the first reason of: answered, quoted, mentioned."""
    kinds: dict[int, NoticeKind] = {}
    if isinstance(event, ReplyPosted):
        kinds[event.parent_author] = "reply"
    if isinstance(event, Written) and event.quoted_author is not None:
        kinds.setdefault(event.quoted_author, "quote")
    for user in event.mentions:
        kinds.setdefault(user, "mention")
    return [
        Said(
            user,
            event.tweet_id,
            event.actor,
            kind,
            mentioned=kind == "reply" or user in event.mentions,
            event_id=event.event_id,
        )
        for user, kind in kinds.items()
        if user != event.actor
    ]


def _mark(changes: Changes, event: Mark) -> None:
    match event:
        case ReactionCleared(cleared="dislike"):
            return
        case TweetLiked() | TweetDisliked() | ReactionCleared():
            mark = Marked(event.tweet_id, "like", event.actor)
        case TweetRetweeted() | RetweetRemoved():
            mark = Marked(event.tweet_id, "retweet", event.actor)
        case _:
            return
    changes.authors[event.tweet_id] = event.author
    if isinstance(event, TweetLiked | TweetRetweeted):
        changes.marked.setdefault(mark, event.event_id)
    else:
        changes.unmarked.add(mark)
        changes.marked.pop(mark, None)
