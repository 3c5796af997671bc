"""Likes, retweets, bookmarks and follows: which are there, and what each day changed in them."""

from typing import Any

from schemas.events import (
    BookmarkRemoved,
    Event,
    FollowerRemoved,
    FollowRequestAnswered,
    FollowRequested,
    Mark,
    ReactionCleared,
    RetweetRemoved,
    TweetBookmarked,
    TweetDisliked,
    TweetLiked,
    TweetRetweeted,
    UserFollowed,
    UserUnfollowed,
)
from schemas.topics import GRAPH, REACTIONS, RETWEETS
from streams.audit.folds.days import Days
from streams.audit.folds.follows import pair_of
from streams.audit.folds.told import Told, events_of


def ties(told: Told, days: Days) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for event in events_of(told, REACTIONS, RETWEETS):
        match event:
            case TweetLiked():
                _mark(rows, days, event, "like", there=True)
            case TweetDisliked() | ReactionCleared(cleared="either" | "like"):
                _mark(rows, days, event, "like", there=False)
            case TweetRetweeted():
                _mark(rows, days, event, "retweet", there=True)
            case RetweetRemoved():
                _mark(rows, days, event, "retweet", there=False)
            case TweetBookmarked():
                _mark(rows, days, event, "bookmark", there=True)
            case BookmarkRemoved():
                _mark(rows, days, event, "bookmark", there=False)
            case _:
                pass
    for event in events_of(told, GRAPH):
        _follow(rows, days, event)
    return rows


_GIVEN = {"like": "likes_given", "retweet": "retweets_made"}


def _mark(rows: dict[str, Any], days: Days, event: Mark, kind: str, *, there: bool) -> None:
    key = f"{kind} by {event.actor} of {event.tweet_id}"
    if (key in rows) == there:
        return
    if there:
        rows[key] = {"state": "there"}
    else:
        del rows[key]
    days.of_tweet(event, event.tweet_id, event.author, f"{kind}s", there)
    if kind in _GIVEN:
        days.of_user(event, event.actor, _GIVEN[kind], there)


def _follow(rows: dict[str, Any], days: Days, event: Event) -> None:
    pair = pair_of(event)
    if pair is None:
        return
    follower, followee = pair
    key = f"follow by {follower} of {followee}"
    before = rows.pop(key, {"state": None})["state"]
    after = before
    match event:
        case UserFollowed():
            after = "there"
        case FollowRequested():
            after = before or "requested"
        case FollowRequestAnswered() if before == "requested":
            after = "there" if event.accepted else None
        case UserUnfollowed() | FollowerRemoved():
            after = None
        case _:
            pass
    if after is not None:
        rows[key] = {"state": after}
    if (before == "there") != (after == "there"):
        days.of_user(event, follower, "following", after == "there")
        days.of_user(event, followee, "followers", after == "there")
