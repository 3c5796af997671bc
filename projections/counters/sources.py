"""What counts, and for what: the sources, their states, and what events make of them.

A source is one thing that adds to counters: what one user does to one tweet within one family, or
a tweet or a reply. All events of a source are in one partition, so its states have an order.
"""

from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from projections.counters.counts import OPTIONS
from schemas.events import (
    BookmarkRemoved,
    Event,
    Mark,
    PollVoted,
    ReactionCleared,
    ReplyDeleted,
    ReplyPosted,
    RetweetRemoved,
    TweetBookmarked,
    TweetDeleted,
    TweetDisliked,
    TweetLiked,
    TweetPosted,
    TweetRetweeted,
    Written,
)
from schemas.topics import REACTIONS, REPLIES, RETWEETS, TWEETS, Topic

Family = Literal["reaction", "bookmark", "retweet", "vote"]
Source: TypeAlias = str | int
"""The id of a mark, or of a tweet or reply."""

Contribution: TypeAlias = tuple[int, str]
"""A tweet or user, and the counter that is one higher because of the source."""

NONE, LIKE, DISLIKE, BOOKMARK, RETWEET = "none", "like", "dislike", "bookmark", "retweet"
_MARKS: dict[type[Mark], tuple[Family, str]] = {
    TweetLiked: ("reaction", LIKE),
    TweetDisliked: ("reaction", DISLIKE),
    ReactionCleared: ("reaction", NONE),
    TweetBookmarked: ("bookmark", BOOKMARK),
    BookmarkRemoved: ("bookmark", NONE),
    TweetRetweeted: ("retweet", RETWEET),
    RetweetRemoved: ("retweet", NONE),
    PollVoted: ("vote", NONE),
}


class Marked(Struct, frozen=True):
    """What a user does to a tweet. `event`, which made it so, gives the order in lists."""

    family: Family
    user: int
    tweet: int
    kind: str = NONE
    event: int = 0
    retweet: int = 0

    @property
    def source(self) -> Source:
        return mark_id(self.family, self.user, self.tweet)

    @property
    def topic(self) -> Topic:
        return RETWEETS if self.family == "retweet" else REACTIONS

    @property
    def targets(self) -> tuple[int, ...]:
        """All that it may ever have counted for."""
        return self.tweet, self.user

    @property
    def changed(self) -> set[int]:
        """Those of the targets that the event which made this state has changed for certain."""
        return {self.tweet, *(target for target, _ in self.gives)}

    @property
    def gives(self) -> frozenset[Contribution]:
        tweet, user = self.tweet, self.user
        match self.kind:
            case "none":
                return frozenset()
            case "like":
                return frozenset({(tweet, "likes"), (user, "liked")})
            case "retweet":
                return frozenset({(tweet, "retweets"), (user, "posts")})
            case counter:
                return frozenset({(tweet, _COUNTER.get(counter, counter))})


_COUNTER = {DISLIKE: "dislikes", BOOKMARK: "bookmarks"}


class Post(Struct, frozen=True):
    """A tweet or a reply; a deleted one counts for nothing, for ever."""

    tweet: int
    author: int
    quoted: int | None = None
    parent: int | None = None
    has_media: bool = False
    deleted: bool = False

    @property
    def source(self) -> Source:
        return self.tweet

    @property
    def topic(self) -> Topic:
        return TWEETS if self.parent is None else REPLIES

    @property
    def targets(self) -> tuple[int, ...]:
        return tuple(t for t in (self.author, self.quoted, self.parent) if t is not None)

    @property
    def changed(self) -> set[int]:
        return set(self.targets)

    @property
    def gives(self) -> frozenset[Contribution]:
        if self.deleted:
            return frozenset()
        given = {(self.author, "posts")}
        if self.has_media:
            given.add((self.author, "media"))
        if self.quoted is not None:
            given.add((self.quoted, "quotes"))
        if self.parent is not None:
            given.add((self.parent, "replies"))
        return frozenset(given)


State: TypeAlias = Marked | Post


def mark_id(family: Family, user: int, tweet: int) -> str:
    return f"{family}:{user}:{tweet}"


def source_of(event: Event) -> Source | None:
    """None, if the event counts for nothing."""
    match event:
        case Mark():
            return mark_id(_MARKS[type(event)][0], event.actor, event.tweet_id)
        case Written() | TweetDeleted() | ReplyDeleted():
            return event.tweet_id
        case _:
            return None


def after(event: Event, before: State | None) -> State | None:
    """What the event makes of its source: `before` itself, if nothing."""
    match event, before:
        case Mark(), (None | Marked()):
            return _marked(event, before)
        case ((TweetPosted() | ReplyPosted()), None):
            return Post(
                event.tweet_id,
                event.actor,
                quoted=event.quote_of,
                parent=event.parent if isinstance(event, ReplyPosted) else None,
                has_media=bool(event.media),
            )
        case (TweetDeleted(), Post(author=event.actor, parent=None, deleted=False)):
            return replace(before, deleted=True)
        case (ReplyDeleted(), Post(author=event.actor, parent=int(), deleted=False)):
            return replace(before, deleted=True)
        case _:
            return before


def _marked(event: Mark, before: Marked | None) -> Marked | None:
    """A repetition changes nothing. What counts is the order of the log, not that of the ids:
    two gateways' clocks differ."""
    family, kind = _MARKS[type(event)]
    if isinstance(event, PollVoted):
        if before is not None or not 1 <= event.option <= OPTIONS:
            return before
        kind = f"votes_{event.option}"
    if (
        isinstance(event, ReactionCleared)
        and before
        and event.cleared not in (before.kind, "either")
    ):
        return before
    if before is None and kind == NONE:
        return None
    if before is not None and before.kind == kind:
        return before
    retweet = event.retweet_id if isinstance(event, TweetRetweeted) else 0
    return Marked(family, event.actor, event.tweet_id, kind, event.event_id, retweet)
