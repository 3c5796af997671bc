"""Who likes what in the end."""

from collections import Counter
from typing import Literal

from schemas.events import ReactionCleared, TweetDisliked, TweetLiked
from schemas.topics import REACTIONS
from streams.audit.folds.told import Told, events_of


def likes(told: Told) -> Counter[int]:
    """By tweet or reply, by how many it is liked."""
    stands: dict[tuple[int, int], Literal["like", "dislike", None]] = {}
    for event in events_of(told, REACTIONS):
        match event:
            case TweetLiked():
                stands[event.actor, event.tweet_id] = "like"
            case TweetDisliked():
                stands[event.actor, event.tweet_id] = "dislike"
            case ReactionCleared():
                pair = event.actor, event.tweet_id
                if event.cleared in ("either", stands.get(pair)):
                    stands[pair] = None
            case _:
                pass
    return Counter(tweet for (_, tweet), reaction in stands.items() if reaction == "like")
