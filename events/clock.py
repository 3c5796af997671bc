"""The time, as events and ids have it."""

import time

DAY_MS = 86_400_000


def now_ms() -> int:
    """Milliseconds since the Unix epoch."""
    return time.time_ns() // 1_000_000


def now_us() -> int:
    """Microseconds since the Unix epoch."""
    return time.time_ns() // 1_000
