"""Events between a user and a tweet, and replies, for a log in memory."""

import itertools
from typing import Any, Literal

from schemas.events import (
    BookmarkRemoved,
    PollVoted,
    ReactionCleared,
    ReplyDeleted,
    ReplyPosted,
    RetweetRemoved,
    TweetBookmarked,
    TweetDisliked,
    TweetLiked,
    TweetRetweeted,
)
from tests.projections.memory_log import now_ms

_event_ids = itertools.count(1_000_000)


def _of(tweet: int, user: int) -> dict[str, Any]:
    return {
        "event_id": next(_event_ids), "at": now_ms(), "actor": user, "request_id": "t",
        "tweet_id": tweet, "author": 1,
    }  # fmt: skip


def liked(tweet: int, user: int) -> TweetLiked:
    return TweetLiked(**_of(tweet, user))


def disliked(tweet: int, user: int) -> TweetDisliked:
    return TweetDisliked(**_of(tweet, user))


def cleared(
    tweet: int, user: int, what: Literal["like", "dislike", "either"] = "either"
) -> ReactionCleared:
    return ReactionCleared(**_of(tweet, user), cleared=what)


def bookmarked(tweet: int, user: int) -> TweetBookmarked:
    return TweetBookmarked(**_of(tweet, user))


def unbookmarked(tweet: int, user: int) -> BookmarkRemoved:
    return BookmarkRemoved(**_of(tweet, user))


def voted(tweet: int, user: int, option: int) -> PollVoted:
    return PollVoted(**_of(tweet, user), option=option)


def retweeted(tweet: int, user: int, retweet_id: int) -> TweetRetweeted:
    return TweetRetweeted(**_of(tweet, user), retweet_id=retweet_id)


def retweet_removed(tweet: int, user: int, retweet_id: int) -> RetweetRemoved:
    return RetweetRemoved(**_of(tweet, user), retweet_id=retweet_id)


def replied(tweet: int, user: int, parent: int) -> ReplyPosted:
    return ReplyPosted(
        event_id=tweet, at=now_ms(), actor=user, request_id="t", tweet_id=tweet, text="Wren",
        root=parent, root_author=1, parent=parent, parent_author=1,
    )  # fmt: skip


def reply_deleted(tweet: int, user: int) -> ReplyDeleted:
    return ReplyDeleted(event_id=tweet, at=now_ms(), actor=user, request_id="t", tweet_id=tweet)
