"""Times as the API shows them."""

from datetime import UTC, datetime
from functools import lru_cache

KEPT = 10_000


@lru_cache(maxsize=KEPT)
def timestamp(at: int) -> str:
    """Milliseconds since the Unix epoch as RFC 3339 in UTC, with milliseconds.

    What is shown mostly is shown over and over.
    """
    return f"{_second(at // 1000)}.{at % 1000:03}Z"


@lru_cache(maxsize=KEPT)
def _second(second: int) -> str:
    """`2026-11-23T18:42:07`."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
