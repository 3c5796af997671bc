"""Who retweets what, in MongoDB."""

from projections.retweets.reads import RetweetStore
from projections.retweets.writes import RetweetsView

__all__ = ["RetweetStore", "RetweetsView"]
