"""Who retweets what, in MongoDB."""

from projections.retweets.reads import Pair, RetweetStore
from projections.retweets.writes import RetweetsView

__all__ = ["Pair", "RetweetStore", "RetweetsView"]
