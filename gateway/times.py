"""Times as the API shows them."""

from datetime import UTC, datetime


def timestamp(at: int) -> str:
    """Milliseconds since the Unix epoch as RFC 3339 in UTC, with milliseconds."""
    moment = datetime.fromtimestamp(at // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at % 1000:03}Z"
