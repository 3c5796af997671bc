"""Search: tweets and users by what they say, in Elasticsearch."""

from projections.search.reads import SearchIndex
from projections.search.writes import SearchView

__all__ = ["SearchIndex", "SearchView"]
