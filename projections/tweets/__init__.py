"""The tweet store: every tweet with every version, in MongoDB."""

from projections.tweets.reads import TweetStore
from projections.tweets.writes import TweetsView

__all__ = ["TweetStore", "TweetsView"]
