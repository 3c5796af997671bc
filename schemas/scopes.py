"""What a program may be let in for, by the names that X gave it."""

from collections.abc import Mapping

OFFLINE = "offline.access"

SCOPES: Mapping[str, str] = {
    "tweet.read": "read all tweets that you may see, your analytics, and your stream rules",
    "tweet.write": "tweet, retweet, vote and delete in your name, and mark notifications as read",
    "tweet.moderate.write": "hide replies to your tweets, and show them again",
    "users.read": "see all accounts that you may see, and which one is yours",
    "users.email": "nothing: your e-mail address is shown to nobody here",
    "follows.read": "see who follows whom, and follow requests; with like.read, your notifications",
    "follows.write": "follow and unfollow people, remove followers, and answer follow requests",
    "like.read": "see what you and others like, and what you dislike",
    "like.write": "like and dislike tweets in your name",
    "list.read": "see lists, your private ones too",
    "list.write": "make, change and delete your lists, and follow and pin lists",
    "block.read": "see whom you block",
    "block.write": "block and unblock people",
    "mute.read": "see whom you mute",
    "mute.write": "mute and unmute people",
    "bookmark.read": "see your bookmarks",
    "bookmark.write": "add and remove bookmarks",
    "media.write": "upload photos and videos",
    "timeline.read": "see who retweets what you wrote, which tweet.read shows too",
    "space.read": "nothing: there are no spaces here",
    "dm.read": "nothing: there are no direct messages here",
    "dm.write": "nothing: there are no direct messages here",
    OFFLINE: "go on with all this when you are not there, until you revoke it",
}
"""What each means here, as it is told to whoever is asked to let a program in."""


def scopes_in(text: str) -> frozenset[str]:
    """Of a list with spaces between."""
    return frozenset(text.split())
