"""Likes, dislikes, bookmarks and retweets."""

from msgspec import UNSET, Struct, UnsetType

from schemas.api.base import Command, Fields, IdText, MaxResults, PageToken


class MarkTweet(Command, frozen=True):
    """Which tweet to like or dislike."""

    tweet_id: IdText


class BookmarkTweet(Command, frozen=True):
    """There are no folders: one that is named is refused."""

    tweet_id: IdText
    folder_id: IdText | None = None


class Liked(Struct, frozen=True):
    liked: bool


class Disliked(Struct, frozen=True):
    disliked: bool


class Bookmarked(Struct, frozen=True):
    bookmarked: bool


class RetweetTweet(Command, frozen=True):
    tweet_id: IdText


class Retweeted(Struct, frozen=True):
    """`rest_id` is the id of the retweet."""

    retweeted: bool
    rest_id: str | UnsetType = UNSET


class MarksQuery(Fields, frozen=True):
    max_results: MaxResults | None = None
    pagination_token: PageToken | None = None
