"""What the retweet store must hold."""

from typing import Any

from schemas.events import Mark, TweetRetweeted
from schemas.topics import RETWEETS
from streams.audit.folds.told import Told, recorded_of


def expected(told: Told) -> dict[str, Any]:
    return {
        f"retweet by {event.actor} of {event.tweet_id}": {
            "author": event.actor,
            "tweet": {"id": event.tweet_id, "author": event.author},
            "retweet": event.retweet_id if isinstance(event, TweetRetweeted) else None,
            "offset": offset,
        }
        for _, (offset, event) in recorded_of(told, RETWEETS)
        if isinstance(event, Mark)
    }
