"""Fields that tell what whoever asks has done, and which scopes let programs see that."""

from collections.abc import Mapping

PARTS: Mapping[str, Mapping[str, str]] = {
    "viewer": {
        "retweeted": "tweet.read",
        "liked": "like.read",
        "disliked": "like.read",
        "bookmarked": "bookmark.read",
    },
    "connection_status": {
        "following": "follows.read",
        "followed_by": "follows.read",
        "follow_request_sent": "follows.read",
        "follow_request_received": "follows.read",
        "blocking": "block.read",
        "muting": "mute.read",
    },
}
"""By field and part, the scope that also guards the list of all that it tells of."""


def with_parts(fields: frozenset[str], scopes: frozenset[str] | None) -> frozenset[str]:
    """And those parts that may be seen, as `viewer.liked`. A field without one is left out.

    `scopes` are those of a `Caller`.
    """
    for field in PARTS.keys() & fields:
        parts = {
            f"{field}.{part}"
            for part, scope in PARTS[field].items()
            if scopes is None or scope in scopes
        }
        fields = fields | parts if parts else fields - {field}
    return fields
