"""What each view must hold: a plain fold of the log each."""

from collections.abc import Callable

from streams.audit.folds import (
    analytics,
    cache,
    counters,
    graph,
    lists,
    notices,
    replies,
    retweets,
    search,
    timelines,
    tweets,
)
from streams.audit.folds.told import Told
from streams.audit.values import Contents

FOLDS: dict[str, Callable[[Told], Contents]] = {
    "tweets": tweets.expected,
    "replies": replies.expected,
    "retweets": retweets.expected,
    "graph": graph.expected,
    "lists": lists.expected,
    "timelines": timelines.expected,
    "cache": cache.expected,
    "search": search.expected,
    "counters": counters.expected,
    "notices": notices.expected,
    "analytics": analytics.expected,
}


def expected(view: str, told: Told) -> Contents:
    """What the view must hold once it has been told so much."""
    return FOLDS[view](told)
