"""The days that analytics are asked about."""

from datetime import date, timedelta

from msgspec import Struct

from events.clock import DAY_MS, now_ms
from gateway.parameters import time_ms
from gateway.problems import invalid
from projections.analytics.tally import day_of
from schemas.api.analytics import AnalyticsQuery

DAYS = 28
"""Back from now, where no `start_time` is given."""
MAX_DAYS = 366
LAST_MS = 253_402_300_800_000
"""The end of the year 9999."""


class Span(Struct, frozen=True):
    """Whole days in UTC, both belonging to it, in buckets of `days`."""

    first: date
    last: date
    days: int

    def bucket(self, day: date) -> date:
        """The first day of the bucket that `day` is in."""
        return day - timedelta(days=(day - self.first).days % self.days)


def span_of(asked: AnalyticsQuery, default: str) -> Span:
    """Raises a 400 `Problem` when it is empty or longer than `MAX_DAYS`."""
    if asked.granularity == "hourly":
        raise invalid("granularity: figures are kept by day here: there is no hourly")
    end = now_ms() if asked.end_time is None else _time(asked.end_time, "end_time")
    last = day_of(end - 1)
    first = last - timedelta(days=DAYS - 1)
    if asked.start_time is not None:
        start = _time(asked.start_time, "start_time")
        if start >= end:
            raise invalid("start_time: lies not before end_time")
        first = day_of(start)
    days = (last - first).days + 1
    if days > MAX_DAYS:
        raise invalid(f"start_time: more than {MAX_DAYS} days before end_time")
    return Span(first, last, {"daily": 1, "weekly": 7}.get(asked.granularity or default, days))


def _time(text: str, parameter: str) -> int:
    """As `time_ms`, brought into the years that the calendar knows."""
    return min(max(time_ms(text, parameter), DAYS * DAY_MS), LAST_MS)


def timestamp_of(day: date) -> str:
    return f"{day.isoformat()}T00:00:00.000Z"
