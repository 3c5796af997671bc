"""Hashtags that are used more than before.

The score is how far the count in a window lies above what the time before it lets expect, in
standard deviations of a Poisson process: the "point-by-point Poisson model" of Hendrickson, Kolb,
Lehman and Montague, *Trend Detection in Social Data* (Gnip, 2015).
"""

from collections.abc import Sequence
from math import sqrt
from typing import Any

from msgspec import Struct

from projections.elasticsearch import Document
from schemas.ids import first_id_at

BASELINE_WINDOWS = 6
"""So many windows before the one that is looked at say what was to be expected."""

LEAST_EXPECTED = 1.0
"""A tag that was not used before is taken as having been expected this often."""

LEAST_PEOPLE = 2
"""One author alone makes no trend."""

CANDIDATES = 300
"""The tags looked at more closely: the most used ones of the window."""


class Trend(Struct, frozen=True):
    """`tag` is folded; `tweets` and `people` count the window only."""

    tag: str
    tweets: int
    people: int
    score: float


def burst(tweets: int, before: int) -> float:
    """`before` counts the `BASELINE_WINDOWS` windows before."""
    expected = max(before / BASELINE_WINDOWS, LEAST_EXPECTED)
    return (tweets - expected) / sqrt(expected)


def trends_body(now: int, window_ms: int, unseen: Sequence[Document]) -> Document:
    oldest = first_id_at(now - (BASELINE_WINDOWS + 1) * window_ms)
    newest = first_id_at(now)
    within = {"range": {"id": {"gte": first_id_at(now - window_ms), "lt": newest}}}
    return {
        "query": {
            "bool": {
                "filter": [{"range": {"id": {"gte": oldest, "lt": newest}}}],
                "must_not": unseen,
            }
        },
        "size": 0,
        "aggs": {
            "tags": {
                "terms": {"field": "hashtags", "size": CANDIDATES, "order": {"window": "desc"}},
                "aggs": {
                    "window": {
                        "filter": within,
                        "aggs": {"people": {"cardinality": {"field": "author"}}},
                    }
                },
            }
        },
    }


def trends_from(found: Document, limit: int) -> list[Trend]:
    """Those that rose, the steepest first."""
    trends = [_trend(bucket) for bucket in found["aggregations"]["tags"]["buckets"]]
    rising = [one for one in trends if one.score > 0 and one.people >= LEAST_PEOPLE]
    return sorted(rising, key=lambda one: (-one.score, one.tag))[:limit]


def _trend(bucket: dict[str, Any]) -> Trend:
    window = bucket["window"]
    tweets, before = window["doc_count"], bucket["doc_count"] - window["doc_count"]
    return Trend(bucket["key"], tweets, window["people"]["value"], burst(tweets, before))
