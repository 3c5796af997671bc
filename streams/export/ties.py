"""What begins and ends between a person and tweets, lists, or other people."""

from schemas import events as told
from schemas.events import Event, Mark
from streams.export.spans import Spans


def mark(spans: Spans, event: Mark) -> None:
    tweet, at = event.tweet_id, event.at
    match event:
        case told.TweetLiked():
            spans.end(tweet, at, "dislikes")
            spans.begin(tweet, at, "likes")
        case told.TweetDisliked():
            spans.end(tweet, at, "likes")
            spans.begin(tweet, at, "dislikes")
        case told.ReactionCleared():
            if event.cleared in ("like", "either"):
                spans.end(tweet, at, "likes")
            if event.cleared in ("dislike", "either"):
                spans.end(tweet, at, "dislikes")
        case told.TweetBookmarked():
            spans.begin(tweet, at, "bookmarks")
        case told.BookmarkRemoved():
            spans.end(tweet, at, "bookmarks")
        case told.TweetRetweeted():
            spans.begin(tweet, at, "retweets")
        case told.RetweetRemoved():
            spans.end(tweet, at, "retweets")
        case _:
            pass


def relate(spans: Spans, event: Event) -> None:
    at = event.at
    match event:
        case told.UserFollowed():
            spans.end(event.target, at, "follow_requests")
            spans.begin(event.target, at, "follows")
        case told.UserUnfollowed():
            spans.end(event.target, at, "follows", "follow_requests")
        case told.FollowRequested():
            spans.requested(event.target, at)
        case told.UserBlocked():
            spans.begin(event.target, at, "blocks")
        case told.UserUnblocked():
            spans.end(event.target, at, "blocks")
        case told.UserMuted():
            spans.begin(event.target, at, "mutes")
        case told.UserUnmuted():
            spans.end(event.target, at, "mutes")
        case told.ListFollowed():
            spans.begin(event.list_id, at, "followed_lists")
        case told.ListUnfollowed():
            spans.end(event.list_id, at, "followed_lists")
        case told.ListPinned():
            spans.begin(event.list_id, at, "pinned_lists")
        case told.ListUnpinned():
            spans.end(event.list_id, at, "pinned_lists")
        case _:
            pass
