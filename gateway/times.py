"""Times as the API shows them."""

from datetime import UTC, datetime
from functools import lru_cache

MINUTE_MS = 60_000


def timestamp(at: int) -> str:
    """Milliseconds since the Unix epoch as RFC 3339 in UTC, with milliseconds."""
    minute, rest = divmod(at, MINUTE_MS)
    return f"{_minute(minute)}{rest / 1000:06.3f}Z"


@lru_cache(maxsize=10_000)
def _minute(minute: int) -> str:
    """`2026-11-23T18:42:`; a page of tweets mostly comes from few minutes."""
    return datetime.fromtimestamp(minute * 60, UTC).strftime("%Y-%m-%dT%H:%M:")
