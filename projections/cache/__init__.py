"""The tweets that are read most, in Redis in front of the tweet store."""

from projections.cache.hits import HitRate, hit_rate
from projections.cache.reads import TweetCache
from projections.cache.writes import CacheView

__all__ = ["CacheView", "HitRate", "TweetCache", "hit_rate"]
