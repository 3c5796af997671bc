"""A log in memory, to feed views with exactly the batches that a test wants."""

import itertools
import time
from collections.abc import Iterator
from typing import Any

from events.positions import Partition
from projections.view import Batch, Recorded, View
from schemas.events import (
    Event,
    FollowerRemoved,
    FollowRequestAnswered,
    ReplyDeleted,
    ReplyEdited,
    ReplyHidden,
    ReplyPosted,
    RetweetRemoved,
    TweetDeleted,
    TweetEdited,
    TweetPosted,
    TweetRetweeted,
    UserFollowed,
    UserUnfollowed,
)
from schemas.topics import TOPIC_OF

_fresh = itertools.count(time.time_ns() // 1_000_000 % 1_000_000_000)
"""Differs from run to run, so that servers which live longer than a run may be used."""


def fresh_number() -> int:
    """For a generation, or for users, that no other test has."""
    return next(_fresh)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def posted(
    tweet_id: int,
    author: int,
    text: str = "Dipper",
    at: int | None = None,
    quote_of: int | None = None,
) -> TweetPosted:
    return TweetPosted(
        event_id=tweet_id, at=at or now_ms(), actor=author, request_id="t", tweet_id=tweet_id,
        text=text, quote_of=quote_of,
    )  # fmt: skip


def edited(
    tweet_id: int, author: int, version: int, text: str = "Dippers", at: int | None = None
) -> TweetEdited:
    return TweetEdited(
        event_id=version, at=at or now_ms(), actor=author, request_id="t", tweet_id=tweet_id,
        version_id=version, text=text,
    )  # fmt: skip


def deleted(tweet_id: int, author: int, at: int | None = None) -> TweetDeleted:
    return TweetDeleted(
        event_id=tweet_id, at=at or now_ms(), actor=author, request_id="t", tweet_id=tweet_id
    )


def replied(
    reply: int,
    author: int,
    root: tuple[int, int],
    parent: tuple[int, int] | None = None,
    text: str = "Nice",
) -> ReplyPosted:
    """`root` and `parent` are a tweet and its author; the parent is the root unless given."""
    answered, answered_author = parent or root
    return ReplyPosted(
        event_id=reply, at=now_ms(), actor=author, request_id="t", tweet_id=reply, text=text,
        root=root[0], root_author=root[1], parent=answered, parent_author=answered_author,
    )  # fmt: skip


def reply_edited(reply: int, author: int, version: int, text: str = "Nicer") -> ReplyEdited:
    return ReplyEdited(
        event_id=version, at=now_ms(), actor=author, request_id="t", tweet_id=reply,
        version_id=version, text=text,
    )  # fmt: skip


def reply_deleted(reply: int, author: int) -> ReplyDeleted:
    return ReplyDeleted(event_id=reply, at=now_ms(), actor=author, request_id="t", tweet_id=reply)


def reply_hidden(reply: int, actor: int, root: int, hidden: bool = True) -> ReplyHidden:
    return ReplyHidden(
        event_id=reply, at=now_ms(), actor=actor, request_id="t", tweet_id=reply, root=root,
        hidden=hidden,
    )  # fmt: skip


def retweeted(retweet: int, author: int, tweet: int, tweet_author: int = 7) -> TweetRetweeted:
    return TweetRetweeted(
        event_id=retweet, at=now_ms(), actor=author, request_id="t", tweet_id=tweet,
        author=tweet_author, retweet_id=retweet,
    )  # fmt: skip


def retweet_removed(retweet: int, author: int, tweet: int, tweet_author: int = 7) -> RetweetRemoved:
    return RetweetRemoved(
        event_id=retweet + 1, at=now_ms(), actor=author, request_id="t", tweet_id=tweet,
        author=tweet_author, retweet_id=retweet,
    )  # fmt: skip


def followed(follower: int, followee: int, event_id: int = 1) -> UserFollowed:
    return UserFollowed(
        event_id=event_id, at=now_ms(), actor=follower, request_id="t", target=followee
    )


def unfollowed(follower: int, followee: int, event_id: int = 1) -> UserUnfollowed:
    return UserUnfollowed(
        event_id=event_id, at=now_ms(), actor=follower, request_id="t", target=followee
    )


def to_target(kind: type[Any], actor: int, target: int, event_id: int = 1) -> Event:
    """An event by which `actor` does something to `target`."""
    event: Event = kind(event_id=event_id, at=now_ms(), actor=actor, request_id="t", target=target)
    return event


def answered(
    followee: int, follower: int, event_id: int = 1, *, accepted: bool = True
) -> FollowRequestAnswered:
    return FollowRequestAnswered(
        event_id=event_id, at=now_ms(), actor=followee, request_id="t", follower=follower,
        accepted=accepted,
    )  # fmt: skip


def follower_removed(followee: int, follower: int, event_id: int = 1) -> FollowerRemoved:
    return FollowerRemoved(
        event_id=event_id, at=now_ms(), actor=followee, request_id="t", follower=follower
    )


class MemoryLog:
    """Its partitions have numbers of their own, so many logs can share one generation of a view."""

    def __init__(self, partitions: int = 1) -> None:
        self._numbers = [fresh_number() for _ in range(partitions)]
        self.events: dict[Partition, list[Event]] = {}

    def append(self, *events: Event) -> None:
        for event in events:
            topic = TOPIC_OF[type(event)]
            number = self._numbers[topic.key_of(event) // 16 % len(self._numbers)]
            self.events.setdefault(Partition(topic.name, number), []).append(event)

    def partitions(self, topic: str) -> list[Partition]:
        return [Partition(topic, number) for number in self._numbers]

    def end(self, partition: Partition) -> int:
        return len(self.events.get(partition, ()))

    def batch(self, partition: Partition, start: int = 0, end: int | None = None) -> Batch:
        end = self.end(partition) if end is None else end
        events = self.events.get(partition, [])[start:end]
        return Batch(
            partition, start, end, [Recorded(start + n, event) for n, event in enumerate(events)]
        )

    def batches(self, view: View) -> Iterator[Batch]:
        """All there is for the view, one batch a partition."""
        for topic in view.topics:
            for partition in self.partitions(topic.name):
                if self.end(partition):
                    yield self.batch(partition)

    async def feed(self, *views: View) -> None:
        """Applies everything to each view, one after the other."""
        for view in views:
            for batch in self.batches(view):
                await view.apply(batch)

    def ends(self, view: View) -> dict[Partition, int]:
        return {
            partition: self.end(partition)
            for topic in view.topics
            for partition in self.partitions(topic.name)
        }
