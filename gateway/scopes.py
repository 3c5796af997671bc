"""Which scopes a program must have been let in for, to ask for what.

X's own where X has the endpoint and names some, the nearest ones elsewhere.
"""

from collections.abc import Mapping, Sequence

from schemas.scopes import scopes_in

OWN = ""
"""No scope is enough: for tokens and keys that users have from the command line."""

_READ = "tweet.read users.read"

_NEEDED: Mapping[str, Sequence[str]] = {
    _READ: (
        "GET /2/tweets",
        "GET /2/tweets/{}",
        "GET /2/tweets/{}/history",
        "GET /2/tweets/{}/replies",
        "GET /2/tweets/{}/hidden_replies",
        "GET /2/tweets/{}/quote_tweets",
        "GET /2/tweets/{}/retweets",
        "GET /2/tweets/{}/retweeted_by",
        "GET /2/tweets/search/recent",
        "GET /2/tweets/search/all",
        "GET /2/tweets/counts/recent",
        "GET /2/tweets/counts/all",
        "GET /2/tweets/analytics",
        "GET /2/tweets/search/stream",
        "GET /2/tweets/search/stream/rules",
        "GET /2/tweets/search/stream/rules/counts",
        "GET /2/tweets/sample/stream",
        "GET /2/tweets/sample10/stream",
        "GET /2/users",
        "GET /2/users/me",
        "GET /2/users/{}",
        "GET /2/users/by",
        "GET /2/users/by/username/{}",
        "GET /2/users/search",
        "GET /2/users/personalized_trends",
        "GET /2/users/{}/timelines/reverse_chronological",
        "GET /2/users/{}/tweets",
        "GET /2/users/{}/mentions",
        "GET /2/users/{}/analytics",
        "GET /2/trends",
        "GET /2/trends/by/woeid/{}",
        "GET /1.1/account/verify_credentials.json",
    ),
    f"{_READ} tweet.write": (
        "POST /2/tweets",
        "DELETE /2/tweets/{}",
        "POST /2/users/{}/retweets",
        "DELETE /2/users/{}/retweets/{}",
        "POST /2/users/{}/votes",
    ),
    f"{_READ} tweet.moderate.write": ("PUT /2/tweets/{}/hidden",),
    f"{_READ} like.read": (
        "GET /2/tweets/{}/liking_users",
        "GET /2/users/{}/liked_tweets",
        "GET /2/users/{}/disliked_tweets",
    ),
    f"{_READ} like.write": (
        "POST /2/users/{}/likes",
        "DELETE /2/users/{}/likes/{}",
        "POST /2/users/{}/dislikes",
        "DELETE /2/users/{}/dislikes/{}",
    ),
    f"{_READ} bookmark.read": ("GET /2/users/{}/bookmarks",),
    "users.read bookmark.read": ("GET /2/users/{}/bookmarks/folders",),
    f"{_READ} bookmark.write": (
        "POST /2/users/{}/bookmarks",
        "DELETE /2/users/{}/bookmarks/{}",
    ),
    f"{_READ} follows.read": (
        "GET /2/users/{}/followers",
        "GET /2/users/{}/following",
        "GET /2/users/{}/follow_requests",
        "GET /2/users/{}/follow_requests/sent",
    ),
    f"{_READ} follows.write": (
        "POST /2/users/{}/following",
        "DELETE /2/users/{}/following/{}",
        "DELETE /2/users/{}/followers/{}",
        "POST /2/users/{}/follow_requests/{}/accept",
        "POST /2/users/{}/follow_requests/{}/decline",
    ),
    f"{_READ} block.read": ("GET /2/users/{}/blocking",),
    f"{_READ} block.write": ("POST /2/users/{}/blocking", "DELETE /2/users/{}/blocking/{}"),
    f"{_READ} mute.read": ("GET /2/users/{}/muting",),
    f"{_READ} mute.write": ("POST /2/users/{}/muting", "DELETE /2/users/{}/muting/{}"),
    f"{_READ} list.read": (
        "GET /2/lists/{}",
        "GET /2/lists/{}/tweets",
        "GET /2/lists/{}/members",
        "GET /2/lists/{}/followers",
        "GET /2/users/{}/owned_lists",
        "GET /2/users/{}/list_memberships",
        "GET /2/users/{}/followed_lists",
        "GET /2/users/{}/pinned_lists",
    ),
    f"{_READ} list.read list.write": ("POST /2/lists",),
    f"{_READ} list.write": (
        "PUT /2/lists/{}",
        "DELETE /2/lists/{}",
        "POST /2/lists/{}/members",
        "DELETE /2/lists/{}/members/{}",
        "POST /2/users/{}/followed_lists",
        "DELETE /2/users/{}/followed_lists/{}",
        "POST /2/users/{}/pinned_lists",
        "DELETE /2/users/{}/pinned_lists/{}",
    ),
    "tweet.read timeline.read": ("GET /2/users/reposts_of_me",),
    f"{_READ} like.read follows.read": (
        "GET /2/users/{}/notifications",
        "GET /2/users/{}/notifications/unread_count",
    ),
    f"{_READ} like.read follows.read tweet.write": ("POST /2/users/{}/notifications/read",),
    "tweet.read": ("GET /2/media", "GET /2/media/{}"),
    "media.write": (
        "POST /2/media/upload",
        "GET /2/media/upload",
        "POST /2/media/upload/initialize",
        "POST /2/media/upload/{}/append",
        "POST /2/media/upload/{}/finalize",
        "POST /2/media/metadata",
        "POST /1.1/media/upload.json",
        "GET /1.1/media/upload.json",
        "POST /1.1/media/metadata/create.json",
    ),
    OWN: (
        "PUT /2/users/me",
        "PUT /2/users/{}/pinned_tweet",
        "DELETE /2/users/{}/pinned_tweet",
        "POST /2/tweets/search/stream/rules",
    ),
}

NEEDED: Mapping[str, frozenset[str]] = {
    name: scopes_in(scopes) for scopes, names in _NEEDED.items() for name in names
}


def needed_for(name: str) -> frozenset[str] | None:
    """All of these; None where none are enough, as for an endpoint that nobody has thought of."""
    return NEEDED.get(name) or None
