"""What each event changes, given how things stood before it."""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from msgspec import Struct

from projections.analytics.tally import Tally
from schemas.analytics import TweetMeasure, UserMeasure
from schemas.events import (
    BookmarkRemoved,
    Event,
    FollowerRemoved,
    FollowRequestAnswered,
    FollowRequested,
    Mark,
    ReactionCleared,
    ReplyDeleted,
    ReplyPosted,
    RetweetRemoved,
    TweetBookmarked,
    TweetDeleted,
    TweetDisliked,
    TweetLiked,
    TweetRetweeted,
    UserFollowed,
    UserUnfollowed,
    Written,
)


class Tie(NamedTuple):
    """Between `actor` and a tweet or, of a follow, the followee."""

    kind: Literal["like", "retweet", "bookmark", "follow"]
    actor: int
    other: int


TieState = Literal["there", "requested"]


class Post(NamedTuple):
    """Whose it is, and what it answers and quotes."""

    author: int
    parent: int | None = None
    parent_author: int | None = None
    quoted: int | None = None
    quoted_author: int | None = None
    deleted: bool = False


class State(Struct):
    ties: dict[Tie, TieState]
    posts: dict[int, Post]


def touched_ties(events: Iterable[Event]) -> set[Tie]:
    return {tie for event in events if (tie := _tie(event)) is not None}


def touched_posts(events: Iterable[Event]) -> set[int]:
    return {
        event.tweet_id
        for event in events
        if isinstance(event, Written | TweetDeleted | ReplyDeleted)
    }


def fold(state: State, events: Iterable[Event]) -> Tally:
    """Counts what the events change, and brings `state` to where they leave it."""
    tally = Tally()
    for event in events:
        match event:
            case Written():
                _post(state.posts, tally, event)
            case TweetDeleted() | ReplyDeleted():
                _delete(state.posts, tally, event)
            case Mark():
                _mark(state.ties, tally, event)
            case _:
                _follow(state.ties, tally, event)
    return tally


def _post(posts: dict[int, Post], tally: Tally, event: Written) -> None:
    if event.tweet_id in posts:
        return
    post = Post(event.actor, quoted=event.quote_of, quoted_author=event.quoted_author)
    if isinstance(event, ReplyPosted):
        post = post._replace(parent=event.parent, parent_author=event.parent_author)
    posts[event.tweet_id] = post
    _count_post(tally, event.at, post, by=True)


def _delete(posts: dict[int, Post], tally: Tally, event: TweetDeleted | ReplyDeleted) -> None:
    post = posts.get(event.tweet_id)
    if post is not None and post.author == event.actor and not post.deleted:
        posts[event.tweet_id] = post._replace(deleted=True)
        _count_post(tally, event.at, post, by=False)


def _count_post(tally: Tally, at: int, post: Post, *, by: bool) -> None:
    tally.of_user(at, post.author, "posts" if post.parent is None else "replies_made", by)
    if post.parent is not None and post.parent_author is not None:
        tally.of_tweet(at, post.parent, post.parent_author, "replies", by)
    if post.quoted is not None and post.quoted_author is not None:
        tally.of_tweet(at, post.quoted, post.quoted_author, "quotes", by)


def _tie(event: Event) -> Tie | None:
    match event:
        case ReactionCleared(cleared="dislike"):
            return None
        case TweetLiked() | TweetDisliked() | ReactionCleared():
            return Tie("like", event.actor, event.tweet_id)
        case TweetRetweeted() | RetweetRemoved():
            return Tie("retweet", event.actor, event.tweet_id)
        case TweetBookmarked() | BookmarkRemoved():
            return Tie("bookmark", event.actor, event.tweet_id)
        case UserFollowed() | UserUnfollowed() | FollowRequested():
            return Tie("follow", event.actor, event.target)
        case FollowRequestAnswered() | FollowerRemoved():
            return Tie("follow", event.follower, event.actor)
        case _:
            return None


_OF_TWEET: Mapping[str, TweetMeasure] = {
    "like": "likes",
    "retweet": "retweets",
    "bookmark": "bookmarks",
}
_OF_ACTOR: Mapping[str, UserMeasure] = {"like": "likes_given", "retweet": "retweets_made"}
_BEGIN = (TweetLiked, TweetRetweeted, TweetBookmarked)


def _mark(ties: dict[Tie, TieState], tally: Tally, event: Mark) -> None:
    tie, begins = _tie(event), isinstance(event, _BEGIN)
    if tie is None or begins == (tie in ties):
        return
    if begins:
        ties[tie] = "there"
    else:
        del ties[tie]
    tally.of_tweet(event.at, event.tweet_id, event.author, _OF_TWEET[tie.kind], begins)
    if tie.kind in _OF_ACTOR:
        tally.of_user(event.at, event.actor, _OF_ACTOR[tie.kind], begins)


def _follow(ties: dict[Tie, TieState], tally: Tally, event: Event) -> None:
    if (tie := _tie(event)) is None:
        return
    before = ties.pop(tie, None)
    after = _follow_after(before, event)
    if after is not None:
        ties[tie] = after
    if (before == "there") != (after == "there"):
        tally.of_user(event.at, tie.actor, "following", after == "there")
        tally.of_user(event.at, tie.other, "followers", after == "there")


def _follow_after(before: TieState | None, event: Event) -> TieState | None:
    match event:
        case UserFollowed():
            return "there"
        case FollowRequested():
            return before or "requested"
        case FollowRequestAnswered(accepted=True):
            return before and "there"
        case FollowRequestAnswered():
            return None if before == "requested" else before
        case _:
            return None
