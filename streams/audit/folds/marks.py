"""What each user does to each tweet in the end: the states that the counters keep."""

from typing import Any

from schemas.events import Mark, PollVoted, ReactionCleared, TweetRetweeted
from schemas.topics import REACTIONS, RETWEETS
from streams.audit.folds.told import Told, recorded_of

Row = dict[str, Any]

OPTIONS = 4
_STATES = {
    "TweetLiked": ("reaction", "like"),
    "TweetDisliked": ("reaction", "dislike"),
    "ReactionCleared": ("reaction", "none"),
    "TweetBookmarked": ("bookmark", "bookmark"),
    "BookmarkRemoved": ("bookmark", "none"),
    "TweetRetweeted": ("retweet", "retweet"),
    "RetweetRemoved": ("retweet", "none"),
}


def marks(told: Told) -> dict[str, tuple[str, Row]]:
    """Each with its partition."""
    found: dict[str, tuple[str, Row]] = {}
    for partition, (offset, event) in recorded_of(told, REACTIONS, RETWEETS):
        if not isinstance(event, Mark):
            continue
        family, kind = _state(event)
        key = f"mark {family}:{event.actor}:{event.tweet_id}"
        before = found[key][1]["kind"] if key in found else None
        if _changes(event, before, kind):
            mark = {
                "o": offset + 1,
                "kind": kind,
                "user": event.actor,
                "tweet": event.tweet_id,
                "event": event.event_id,
            }
            if isinstance(event, TweetRetweeted):
                mark["retweet"] = event.retweet_id
            found[key] = (str(partition), mark)
    return found


def _state(event: Mark) -> tuple[str, str]:
    if isinstance(event, PollVoted):
        return "vote", f"votes_{event.option}"
    return _STATES[type(event).__name__]


def _changes(event: Mark, before: str | None, kind: str) -> bool:
    match event:
        case PollVoted():
            return before is None and 1 <= event.option <= OPTIONS
        case ReactionCleared(cleared="like" | "dislike") if before != event.cleared:
            return False
        case _:
            return kind != (before or "none")
